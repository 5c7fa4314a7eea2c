import { expect, test } from 'vitest';

import { describeLab } from '../lab/describe-lab.ts';
import { useCluster } from './use-cluster.ts';

/* The lab's stand-in under the names of RKE2: units, folders, programs and kubeconfig; there is no k3s on these nodes. */

const minutes = 60_000;
const ours = '/var/lib/rancher/rke2/agent/etc/containerd/config-v3.toml.d/50-k3sbox-sysbox-runc.toml';

describeLab('Sysbox on RKE2', () => {
  const cluster = useCluster('rke2', ['n1', 'a1']);
  const { on } = cluster;
  const kubectl = (words: string) =>
    on('n1', `/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml ${words}`);
  const bring = async () =>
    cluster.play('sysbox.yaml', '-e', `sysbox_artifacts_dir=${await cluster.programs('0.7.1')}`);

  test(
    'comes to both, a second run changes nothing, doctor finds them healthy, and sysbox-uninstall takes it away',
    async () => {
      for (const node of ['n1', 'a1']) await on(node, '/usr/local/lib/lab/k3s/use-rke2 2>/dev/null');
      await kubectl('wait --for=condition=Ready node/a1 --timeout=60s');

      const first = await bring();
      expect(first.exitCode, first.stdout.slice(-3000)).toBe(0);
      expect(await on('a1', `cat ${ours}`)).toContain("runtimes.'sysbox-runc'");
      expect(await on('a1', 'cat /etc/systemd/system/sysbox.service')).toContain('Before=rke2-agent.service');
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('node/a1\nnode/n1\n');
      expect((await bring()).hosts).toMatchObject({ n1: { changed: 0 }, a1: { changed: 0 } });
      expect(await cluster.doctor()).toMatchObject({ status: { n1: 'healthy', a1: 'healthy' } });

      const removed = await cluster.play('sysbox-uninstall.yaml');
      expect(removed.exitCode, removed.stdout.slice(-3000)).toBe(0);
      expect(await on('a1', `ls ${ours} /usr/bin/sysbox-runc 2>/dev/null || :`)).toBe('');
      expect(await kubectl('get runtimeclass -o name')).not.toContain('sysbox-runc');
    },
    20 * minutes,
  );
});
