import { once } from 'node:events';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { useCluster } from '../e2e-lab/use-cluster.ts';
import { k3sbox } from '../e2e-lab/use-lab.ts';
import { describeLab } from '../lab/describe-lab.ts';

/*
 * What people do in between: kill the controller, edit a file by hand, leave their pods where Sysbox is to go.
 */

const minutes = 60_000;
const root = resolve(import.meta.dirname, '../..');
const playbook = join(root, 'playbooks/sysbox.yaml');
const dropIn = '/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/50-k3sbox-sysbox-runc.toml';
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'mine', namespace: 'default' },
  spec: {
    nodeName: 'a1',
    runtimeClassName: 'sysbox-runc',
    hostUsers: false,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image: 'docker.io/lab/busybox:1', imagePullPolicy: 'Never', command: ['sleep', '3600'] }],
  },
};

describeLab('People', () => {
  const cluster = useCluster('people', ['n1', 'a1']);
  const { lab, on, kubectl } = cluster;
  const options = async () => [
    '-i',
    cluster.inventory,
    '-e',
    `sysbox_artifacts_dir=${await cluster.programs('0.7.1')}`,
  ];

  /** Starts a run and kills it as soon as the agent has the new configuration. */
  async function killedInBetween(): Promise<void> {
    const main = [process.execPath, '--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts')];
    const words = ['run', playbook, '--limit', 'a1', ...(await options())];
    const child = lab.spawn([...main, ...words], { cwd: cluster.cwd, stdio: 'ignore' });
    const exited = once(child, 'exit');
    await on('a1', `until [ -f ${dropIn} ]; do sleep 0.02; done`);
    child.kill('SIGKILL');
    await exited;
  }

  test(
    'the controller is killed between the new configuration and the restart: a rollback finds all of it',
    async () => {
      const before = await cluster.tree('a1');
      await killedInBetween();

      const { exitCode, stdout } = await cluster.command(['rollback']);

      expect(exitCode, stdout.slice(-2000)).toBe(0);
      expect(await cluster.tree('a1')).toBe(before);
      await kubectl('wait --for=condition=Ready node/a1 --timeout=60s');
      expect(await cluster.doctor('a1')).toMatchObject({ status: { a1: 'warnings' } });
    },
    8 * minutes,
  );

  test(
    'or a resume goes on where it was',
    async () => {
      await killedInBetween();

      const { stdout } = await k3sbox(lab, ['resume', '--output', 'json'], { cwd: cluster.cwd });

      expect(stdout.trim().split('\n').at(-1), stdout.slice(-3000)).toContain('"exitCode":0');
      expect(await cluster.doctor('a1')).toMatchObject({ status: { a1: 'healthy' } });
    },
    8 * minutes,
  );

  test(
    'somebody edits the drop-in between plan and apply: the plan is refused, and the edit stays',
    async () => {
      await on('a1', `echo '# first' >>${dropIn}`);
      const planned = await k3sbox(
        lab,
        ['plan', playbook, '--limit', 'a1', '-o', 'wanted.json', ...(await options())],
        {
          cwd: cluster.cwd,
        },
      );
      expect(planned.stdout).toContain('# first');
      await on('a1', `echo '# second' >>${dropIn}`);

      const applied = await k3sbox(lab, ['apply', 'wanted.json'], { cwd: cluster.cwd });

      expect(applied.code).toBe(7);
      expect(applied.stdout + applied.stderr).toContain('a1');
      expect(await on('a1', `tail -n 1 ${dropIn}`)).toBe('# second\n');
      expect((await cluster.doctor('a1')).text).toContain(`somebody changed ${dropIn}`);
      expect(
        (await cluster.command(['run', playbook, '--limit', 'n1,a1', ...(await options()).slice(2)])).exitCode,
      ).toBe(0);
      expect(await cluster.doctor()).toMatchObject({ exitCode: 0 });
    },
    10 * minutes,
  );

  test(
    'pods run with Sysbox when it is to be uninstalled: they are named and nothing is taken from them, unless they may go',
    async () => {
      await kubectl('apply -f -', JSON.stringify(pod));
      await kubectl('wait --for=condition=Ready pod/mine --timeout=60s');
      const before = await cluster.tree('a1');

      const refused = await cluster.play('sysbox-uninstall.yaml', '--limit', 'a1');
      expect(refused.exitCode).toBe(5);
      expect(refused.stdout).toContain('nobody would make these pods of node a1 again: default/mine');
      expect(await cluster.tree('a1')).toBe(before);
      expect(await kubectl('get pod mine -o "jsonpath={.status.phase}"')).toBe('Running');
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toContain('node/a1');

      const allowed = await cluster.play('sysbox-uninstall.yaml', '-e', 'sysbox_delete_unmanaged_pods=true');
      expect(allowed.exitCode, allowed.stdout.slice(-2000)).toBe(0);
      expect(await kubectl('get pods -o name')).toBe('');
      expect(await kubectl('get runtimeclass -o name')).toBe('');
      expect(await cluster.doctor()).toMatchObject({ exitCode: 1, cluster: 'healthy' });
    },
    10 * minutes,
  );
});
