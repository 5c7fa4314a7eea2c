import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { describeLab } from '../lab/describe-lab.ts';
import { useCluster } from '../e2e-lab/use-cluster.ts';

/*
 * One small cluster through the life of K3s and Sysbox: another node, Sysbox, a fault that doctor finds, upgrades of both, the way back,
 * and no Sysbox any more. Each test begins where the one before has ended.
 */

const minutes = 60_000;
const standIns = resolve(import.meta.dirname, '../lab/stand-ins/k3s');
/** K3s's word for what this machine is. */
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
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

describeLab('K3s and Sysbox, from an installation to the end', () => {
  const cluster = useCluster('life', ['n1', 'a1']);
  const { on, kubectl } = cluster;
  const sysbox = async (playbook: string, version: string, ...options: readonly string[]) => {
    const dir = await cluster.programs(version);
    return cluster.play(playbook, '-e', `sysbox_version=${version}`, '-e', `sysbox_artifacts_dir=${dir}`, ...options);
  };
  const versionOn = (node: string): Promise<string> =>
    on(node, "sysbox-mgr --version | sed -n 's/.*version:[[:space:]]*//p'");

  /** A folder with a K3s of some version, as `k3s_source: files` takes it. */
  async function k3sFiles(version: string): Promise<readonly string[]> {
    const images = Buffer.from(await on('n1', 'base64 /usr/local/lib/lab/images/busybox.tar'), 'base64');
    const dir = join(cluster.cwd, version);
    mkdirSync(dir, { recursive: true });
    const program = readFileSync(join(standIns, 'k3s'), 'utf8').replace('VERSION = None', `VERSION = '${version}'`);
    writeFileSync(join(dir, 'k3s'), program, { mode: 0o755 });
    copyFileSync(join(standIns, 'install.sh'), join(dir, 'install.sh'));
    // what pods run, since there is no registry
    writeFileSync(join(dir, `k3s-airgap-images-${arch}.tar.zst`), images);
    const vars = { k3s_source: 'files', k3s_version: version, k3s_files_dir: dir, k3s_token: 'lab-secret' };
    return ['-e', JSON.stringify({ ...vars, k3s_agent_config: { 'pause-image': 'docker.io/lab/busybox:1' } })];
  }

  test(
    'k3s-install brings a host without K3s into the cluster, leaves a server that has it alone, and a rollback takes it out again',
    async () => {
      const version = (await on('n1', 'cat /usr/local/lib/lab/k3s/VERSION')).trim();
      await on(
        'a1',
        `systemctl disable --now k3s-agent lab-join 2>/dev/null
        rm -rf /etc/rancher /usr/local/bin/k3s /etc/systemd/system/k3s-agent.service; 
        rm -rf /var/lib/rancher/k3s/*; systemctl daemon-reload`,
      );
      await kubectl('delete node a1');
      const [before, server] = [await cluster.tree('a1'), await cluster.started('n1')];

      const first = await cluster.play('k3s-install.yaml', ...(await k3sFiles(version)));
      expect(first.exitCode, first.stdout.slice(-3000)).toBe(0);
      expect(first.stdout).not.toContain('lab-secret');
      expect(await kubectl(`get node a1 -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'`)).toBe('True');
      expect(await cluster.started('n1')).toBe(server);

      const rolledBack = await cluster.command(['rollback', first.run]);
      expect(rolledBack.exitCode, rolledBack.stdout.slice(-3000)).toBe(0);
      expect(await kubectl('get nodes -o name')).toBe('node/n1\n');
      expect(await cluster.tree('a1')).toBe(before);

      const again = await cluster.play('k3s-install.yaml', ...(await k3sFiles(version)));
      expect(again.exitCode, again.stdout.slice(-3000)).toBe(0);
      expect(await cluster.doctor()).toMatchObject({ exitCode: 1, cluster: 'healthy' });
    },
    10 * minutes,
  );

  test(
    'Sysbox comes to both, and doctor finds them healthy; what breaks afterwards it finds, too',
    async () => {
      const { exitCode, stdout } = await sysbox('sysbox.yaml', '0.7.1');
      expect(exitCode, stdout.slice(-3000)).toBe(0);
      expect(await cluster.doctor()).toMatchObject({
        exitCode: 0,
        status: { n1: 'healthy', a1: 'healthy' },
        cluster: 'healthy',
      });

      const file = '/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/99-mine.toml';
      await on('a1', `echo broken >${file}; systemctl disable sysbox.service 2>/dev/null; rm /usr/bin/sysbox-fs`);
      const sick = await cluster.doctor();
      expect(sick).toMatchObject({ exitCode: 2, status: { n1: 'healthy', a1: 'failures' } });
      expect(sick.text).toContain('containerd does not accept');
      expect(sick.text).toContain('sysbox.service is not enabled');
      expect(sick.text).toContain('/usr/bin/sysbox-fs is missing');

      await on('a1', `rm ${file}`);
      expect((await sysbox('sysbox.yaml', '0.7.1')).exitCode).toBe(0);
      expect(await cluster.doctor()).toMatchObject({ exitCode: 0 });
    },
    10 * minutes,
  );

  test(
    'sysbox-upgrade moves pods away, if they may go, and does not restart K3s; sysbox-rollback goes back to the version before',
    async () => {
      await kubectl('apply -f -', JSON.stringify(pod));
      await kubectl('wait --for=condition=Ready pod/mine --timeout=60s');
      const started = await cluster.started('a1');

      const refused = await sysbox('sysbox-upgrade.yaml', '0.7.2');
      expect(refused.exitCode).toBe(5);
      expect(refused.stdout).toContain('pods run with Sysbox 0.7.1: default/mine');
      const evicting = ['-e', 'sysbox_evict_pods=true'] as const;
      const lonely = await sysbox('sysbox-upgrade.yaml', '0.7.2', ...evicting);
      expect(lonely.exitCode).toBe(5);
      expect(lonely.stdout).toContain('nobody would make these pods of node a1 again: default/mine');
      expect(await kubectl(`get pod mine -o 'jsonpath={.status.phase}'`)).toBe('Running');

      const all = [...evicting, '-e', 'sysbox_delete_unmanaged_pods=true'];
      const upgraded = await sysbox('sysbox-upgrade.yaml', '0.7.2', ...all);
      expect(upgraded.exitCode, upgraded.stdout.slice(-3000)).toBe(0);
      expect(await versionOn('a1')).toBe('0.7.2\n');
      expect(await cluster.started('a1')).toBe(started);
      expect(await cluster.doctor()).toMatchObject({ exitCode: 0 });

      const back = await cluster.play('sysbox-rollback.yaml', '-e', 'sysbox_version=0.7.1');
      expect(back.exitCode, back.stdout.slice(-3000)).toBe(0);
      expect(await versionOn('a1')).toBe('0.7.1\n');
      expect(await cluster.started('a1')).toBe(started);
    },
    10 * minutes,
  );

  test(
    'a system pod runs under Sysbox, seen from its node',
    async () => {
      const vars = {
        system_pod_image: 'docker.io/lab/busybox:1',
        system_pod_pull_policy: 'Never',
        system_pod_command: ['sleep', '3600'],
        system_pod_levels: [],
        system_pod_keep: false,
      };

      const { exitCode, stdout } = await cluster.play('system-pod.yaml', '-e', JSON.stringify(vars));

      expect(exitCode, stdout.slice(-3000)).toBe(0);
      expect(await kubectl('get pods -o name')).toBe('');
    },
    5 * minutes,
  );

  test(
    'k3s-upgrade refuses to skip a minor version, upgrades servers first, and asks for the proof of Sysbox again',
    async () => {
      const refused = await cluster.play('k3s-upgrade.yaml', ...(await k3sFiles('v1.39.0+k3s1')));
      expect(refused.exitCode).toBe(5);
      expect(refused.stdout).toMatch(/is more than one minor version: go by v1\.\d+ first/);

      // The only server cannot be upgraded without the API being away.
      const upgrade = [
        'k3s-upgrade.yaml',
        ...(await k3sFiles('v1.35.9+k3s1')),
        '-e',
        'k3s_allow_api_outage=true',
      ] as const;
      const upgraded = await cluster.play(...upgrade);
      expect(upgraded.exitCode, upgraded.stdout.slice(-3000)).toBe(0);
      expect(await kubectl(`get nodes -o 'jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion} {end}'`)).toBe(
        'v1.35.9+k3s1 v1.35.9+k3s1 ',
      );
      expect((await cluster.doctor()).text).toContain('K3s went from');

      const second = await cluster.play(...upgrade);
      expect(Object.values(second.hosts).map(({ changed }) => changed)).toEqual([0, 0]);
      expect((await sysbox('sysbox.yaml', '0.7.1')).exitCode).toBe(0);
      expect(await cluster.doctor()).toMatchObject({ exitCode: 0 });
    },
    10 * minutes,
  );

  test(
    'sysbox-uninstall leaves nothing, and has nothing to do a second time',
    async () => {
      const { exitCode, stdout } = await cluster.play('sysbox-uninstall.yaml');
      expect(exitCode, stdout.slice(-3000)).toBe(0);
      expect(
        await on(
          'a1',
          'ls /usr/bin /etc/systemd/system /etc/sysctl.d /opt/k3sbox 2>/dev/null | grep -i sysbox || echo none',
        ),
      ).toBe('none\n');
      expect(await kubectl('get runtimeclass -o name')).not.toContain('sysbox-runc');
      expect(await cluster.doctor()).toMatchObject({ exitCode: 1, cluster: 'healthy' });

      const second = await cluster.play('sysbox-uninstall.yaml');
      expect(Object.values(second.hosts).map(({ changed }) => changed)).toEqual([0, 0]);
    },
    10 * minutes,
  );
});
