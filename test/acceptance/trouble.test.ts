import { expect, test } from 'vitest';

import { useCluster } from '../e2e-lab/use-cluster.ts';
import { describeLab } from '../lab/describe-lab.ts';

/*
 * What breaks while Sysbox is brought to a cluster, or afterwards. Three servers, so that etcd can lose one, and two agents.
 */

const minutes = 60_000;

describeLab('Trouble', () => {
  const cluster = useCluster('trouble', ['n1', 's2', 's3', 'a1', 'a2']);
  const { lab, on, kubectl } = cluster;
  const bring = async (hosts: string, ...options: readonly string[]) =>
    cluster.play(
      'sysbox.yaml',
      '--limit',
      hosts,
      '-e',
      `sysbox_artifacts_dir=${await cluster.programs('0.7.1')}`,
      ...options,
    );
  const waitFor = (node: string, status: string) =>
    kubectl(`wait --for=condition=Ready=${status} node/${node} --timeout=120s`);

  test(
    'K3s is in a crash loop after the change: it is noticed before the time is up, and the node goes back',
    async () => {
      // Another way to the same end as a configuration that containerd does not start with, which is refused before.
      const fault = `[Service]\nExecStartPre=/bin/sh -c '! ls /var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/*k3sbox*'\n`;
      await on(
        'a1',
        'mkdir -p /etc/systemd/system/k3s-agent.service.d; cat >/etc/systemd/system/k3s-agent.service.d/lab.conf; systemctl daemon-reload',
        fault,
      );
      const before = await cluster.tree('a1');

      const { exitCode, hosts, stdout } = await bring('a1,a2');

      expect(exitCode, stdout.slice(-2000)).toBe(5);
      expect(stdout).toContain('k3s-agent.service is in a crash loop: systemd has restarted it 3 times');
      expect(hosts).toMatchObject({ a1: { status: 'rolled-back' }, a2: { status: 'ok' } });
      expect(await cluster.tree('a1')).toBe(before);
      await waitFor('a1', 'True');
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('');
      await on('a1', 'rm -r /etc/systemd/system/k3s-agent.service.d; systemctl daemon-reload');
    },
    8 * minutes,
  );

  test(
    'the disk is full while programs are staged: the node goes back, and K3s was never touched',
    async () => {
      await on('a1', 'mkdir -p /opt/k3sbox/sysbox; mount -t tmpfs -o size=300k tmpfs /opt/k3sbox/sysbox');
      const [before, started] = [await cluster.tree('a1'), await cluster.started('a1')];

      const { exitCode, hosts, stdout } = await bring('a1');

      expect(exitCode).toBe(5);
      expect(stdout).toMatch(/No space left on device/);
      expect(hosts).toMatchObject({ a1: { status: 'rolled-back' } });
      expect(await cluster.tree('a1')).toBe(before);
      expect(await cluster.started('a1')).toBe(started);
      await on('a1', 'umount /opt/k3sbox/sysbox; rm -r /opt/k3sbox');
    },
    5 * minutes,
  );

  test(
    'the pod of one agent is not run by Sysbox: that agent goes back, with K3s as it was, and no other is put into service',
    async () => {
      const before = await cluster.tree('a1');
      const dir = await cluster.programs('0.7.1', 'WITHOUT_MOUNTS');

      const { exitCode, hosts, stdout } = await cluster.play(
        'sysbox.yaml',
        '--limit',
        'a1,a2',
        '-e',
        `sysbox_artifacts_dir=${dir}`,
      );

      expect(exitCode).toBe(5);
      expect(stdout).toContain('it has no mount of sysbox-fs: a plain runtime started it');
      expect(hosts).toMatchObject({ a1: { status: 'rolled-back' }, a2: { status: 'ok' } });
      expect(await cluster.tree('a1')).toBe(before);
      expect(await kubectl('get ns -o name')).not.toContain('canary');
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('');
    },
    8 * minutes,
  );

  test(
    'a daemon of Sysbox dies: doctor says so, what it means, and the playbook starts it again',
    async () => {
      const first = await bring('a1');
      expect(first.exitCode, first.stdout.slice(-2000)).toBe(0);
      await on('a1', 'systemctl kill -s KILL sysbox-fs; while systemctl is-active -q sysbox; do sleep 0.1; done');

      const sick = await cluster.doctor('a1');
      expect(sick).toMatchObject({ exitCode: 2, status: { a1: 'failures' } });
      expect(sick.text).toContain('sysbox-fs.service is failed');
      expect(sick.text).toContain(
        'take the label away until this is repaired: k3s kubectl label node a1 sysbox-runtime-',
      );

      const started = await cluster.started('a1');
      expect((await bring('a1')).exitCode).toBe(0);
      expect(await cluster.doctor('a1')).toMatchObject({ status: { a1: 'healthy' } });
      expect(await cluster.started('a1')).toBe(started);
    },
    8 * minutes,
  );

  test(
    'a node is not Ready: nothing is begun on any other',
    async () => {
      await on('a2', 'systemctl stop k3s-agent');
      await waitFor('a2', 'Unknown');

      const { exitCode, stdout } = await bring('n1,s2');

      expect(exitCode).toBe(5);
      expect(stdout).toContain('node a2 is not Ready');
      expect(stdout).toContain('Nothing was changed on any host');
      expect(await cluster.doctor()).toMatchObject({
        exitCode: 2,
        status: { a1: 'healthy', a2: 'failures' },
        cluster: 'failures',
      });
      await on('a2', 'systemctl start k3s-agent');
      await waitFor('a2', 'True');
    },
    8 * minutes,
  );

  test(
    'a server is down: etcd could not spare another one, so none is touched',
    async () => {
      await lab.kill('s3');
      await waitFor('s3', 'Unknown');
      const started = await cluster.started('s2');

      const { exitCode, stdout } = await bring('n1,s2', '-e', 'sysbox_allow_api_outage=false');

      expect(exitCode).toBe(5);
      expect(stdout).toContain('node s3 is not Ready');
      expect(stdout).toContain('etcd has 3 members, needs 2, and without n1 has 1');
      expect(await cluster.started('s2')).toBe(started);
      const { exitCode: health, text } = await cluster.doctor();
      expect(health).toBe(2);
      expect(text).toContain('no further server can be spared');
      expect(text).toContain('it cannot be looked at');
      await lab.start('s3');
      await waitFor('s3', 'True');
    },
    8 * minutes,
  );
});
