import { expect, test } from 'vitest';

import { describeLab } from '../lab/describe-lab.ts';
import { useCluster } from './use-cluster.ts';

/* A node whose K3s uses CRI-O (the lab's stand-in for it), in both styles in which pods can ask for a user namespace. */

const minutes = 60_000;
const ours = '/etc/crio/crio.conf.d/50-k3sbox-sysbox-runc.conf';

const tree = `for folder in /etc /usr/bin /opt; do
  find "$folder" -xdev ! -path '/etc/.pwd.lock' ! -path '/etc/*-' -printf '%y %m %u:%g %p %l\\n'
  find "$folder" -xdev -type f ! -path '/etc/*-' -exec sha256sum {} +
done | sort`;

describeLab('Sysbox with CRI-O', () => {
  const cluster = useCluster('crio', ['n1', 'a1']);
  const { on, kubectl } = cluster;
  const watched = `${tree}; k3s kubectl --kubeconfig /var/lib/rancher/k3s/agent/kubelet.kubeconfig get node a1 -o 'jsonpath={.metadata.labels}'`;
  const started = (unit: string) => on('a1', `systemctl show ${unit} -p ExecMainPID --value`);
  const bring = async (...options: readonly string[]) =>
    cluster.play('sysbox.yaml', '-e', `sysbox_artifacts_dir=${await cluster.programs('0.7.1')}`, ...options);

  test(
    'hostUsers: CRI-O alone restarts, the node is proved, a second run changes nothing, and a rollback takes it back',
    async () => {
      await on('a1', '/usr/local/lib/lab/k3s/use-crio');
      const [before, k3s, crio] = [await on('a1', watched), await started('k3s-agent'), await started('crio')];

      const first = await bring();
      expect(first.exitCode, first.stdout.slice(-3000)).toBe(0);
      expect(await on('a1', `cat ${ours}`)).toContain('runtime_path = "/usr/bin/sysbox-runc"');
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('node/a1\nnode/n1\n');
      expect(await started('k3s-agent')).toBe(k3s);
      expect(await started('crio')).not.toBe(crio);
      expect(await on('a1', 'grep ^containers: /etc/subuid || :')).toBe('');
      expect(await cluster.doctor()).toMatchObject({ status: { a1: 'healthy' } });

      const second = await bring();
      expect(second.hosts).toMatchObject({ n1: { changed: 0 }, a1: { changed: 0 } });

      const back = await cluster.command(['rollback', first.run]);
      expect(back.exitCode, back.stdout.slice(-3000)).toBe(0);
      expect(await on('a1', watched)).toBe(before);
      expect(await on('a1', 'crio status config')).not.toContain('sysbox');
    },
    15 * minutes,
  );

  test(
    'annotation: pods have ids of the user containers; sysbox-uninstall takes them and the runtime away',
    async () => {
      const before = await on('a1', 'cat /etc/subuid /etc/subgid');
      const style = ['-e', 'sysbox_pod_userns=annotation', '--limit', 'a1'] as const;

      const run = await bring(...style);
      expect(run.exitCode, run.stdout.slice(-3000)).toBe(0);
      const [line = ''] = (await on('a1', 'grep ^containers: /etc/subuid')).split('\n');
      expect(line).toMatch(/^containers:\d+:268435456$/);
      expect(await on('a1', 'grep ^containers: /etc/subgid')).toBe(`${line}\n`);
      expect((await bring(...style)).hosts).toMatchObject({ a1: { changed: 0 } });

      const removed = await cluster.play('sysbox-uninstall.yaml', '--limit', 'a1');
      expect(removed.exitCode, removed.stdout.slice(-3000)).toBe(0);
      expect(await on('a1', `ls ${ours} /usr/bin/sysbox-runc 2>/dev/null || :`)).toBe('');
      expect(await on('a1', 'cat /etc/subuid /etc/subgid')).toBe(before);
      expect(await on('a1', 'crio status config')).not.toContain('sysbox');
    },
    15 * minutes,
  );

  test(
    "what is broken or somebody else's is refused before anything is touched; containerd knows no annotation",
    async () => {
      await on('a1', 'echo "[crio" >/etc/crio/crio.conf.d/99-mine.conf');
      const broken = await bring('--limit', 'a1');
      expect(broken.exitCode).toBe(5);
      expect(broken.stdout).toContain('/etc/crio/crio.conf.d is broken already');

      await on(
        'a1',
        `printf '[crio.runtime.runtimes.sysbox-runc]\\nruntime_path = "/opt/x"\\n' >/etc/crio/crio.conf.d/99-mine.conf`,
      );
      const foreign = await bring('--limit', 'a1');
      expect(foreign.exitCode).toBe(5);
      expect(foreign.stdout).toContain('CRI-O knows sysbox-runc already, from a file that is not ours');
      await on('a1', 'rm /etc/crio/crio.conf.d/99-mine.conf');

      const wrong = await bring('--limit', 'n1', '-e', 'sysbox_pod_userns=annotation');
      expect(wrong.exitCode).toBe(5);
      expect(wrong.stdout).toContain('by an annotation with CRI-O alone');
    },
    10 * minutes,
  );
});
