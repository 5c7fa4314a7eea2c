import { expect, test } from 'vitest';

import { useCluster } from '../e2e-lab/use-cluster.ts';
import { describeLab } from '../lab/describe-lab.ts';

const minutes = 60_000;
const nodes = ['n1', 's2', 's3', 'a1', 'a2', 'a3', 'a4', 'a5'];

describeLab('Three servers and five agents', () => {
  const cluster = useCluster('bring', nodes);
  const lookAtAll = (look: (node: string) => Promise<string>) => Promise.all(nodes.map(look));
  const all = (status: string) => Object.fromEntries(nodes.map((node) => [node, status]));
  const before: { trees?: readonly string[]; run?: string } = {};

  test(
    'from nothing to nodes that a pod has proved; doctor says so',
    async () => {
      expect(await cluster.doctor()).toMatchObject({ exitCode: 1, status: all('warnings'), cluster: 'healthy' });
      before.trees = await lookAtAll(cluster.tree);

      const dir = await cluster.programs('0.7.1');
      const { exitCode, run, stdout } = await cluster.play('sysbox.yaml', '-e', `sysbox_artifacts_dir=${dir}`);
      before.run = run;

      expect(exitCode, stdout.slice(-3000)).toBe(0);
      expect((await cluster.kubectl('get nodes -l sysbox-runtime=running -o name')).trim().split('\n')).toHaveLength(8);
      expect(await cluster.doctor()).toMatchObject({ exitCode: 0, status: all('healthy'), cluster: 'healthy' });
    },
    15 * minutes,
  );

  test(
    'a second run changes nothing and restarts nothing',
    async () => {
      const started = await lookAtAll(cluster.started);
      const dir = await cluster.programs('0.7.1');

      const { exitCode, hosts } = await cluster.play('sysbox.yaml', '-e', `sysbox_artifacts_dir=${dir}`);

      expect(exitCode).toBe(0);
      expect(Object.values(hosts).map(({ changed }) => changed)).toEqual(nodes.map(() => 0));
      expect(await lookAtAll(cluster.started)).toEqual(started);
    },
    10 * minutes,
  );

  test(
    'a rollback of the first run leaves every node byte for byte as it was',
    async () => {
      const { exitCode } = await cluster.command(['rollback', before.run ?? '']);

      expect(exitCode).toBe(0);
      expect(await lookAtAll(cluster.tree)).toEqual(before.trees);
      expect(await cluster.doctor()).toMatchObject({ exitCode: 1, status: all('warnings'), cluster: 'healthy' });
    },
    15 * minutes,
  );
});
