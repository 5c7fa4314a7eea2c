import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { describeLab } from '../lab/describe-lab.ts';
import { run } from '../lab/run.ts';
import { k3sbox, useLab } from './use-lab.ts';

const root = resolve(import.meta.dirname, '../..');
const playbook = join(root, 'playbooks/sysbox.yaml');
const minutes = 60_000;

const lastEvent = z.object({
  type: z.literal('run-finished'),
  run: z.string(),
  exitCode: z.number(),
  hosts: z.record(z.string(), z.object({ status: z.string(), changed: z.number() })),
});

// Everything that the playbook may touch, by path, rights and content.
const tree = `for folder in /etc /usr/bin /opt /var/lib/rancher/k3s/agent/etc; do
  find "$folder" -xdev ! -path '/etc/.pwd.lock' ! -path '/etc/*-' -printf '%y %m %u:%g %p %l\\n'
  find "$folder" -xdev -type f ! -path '/etc/*-' -exec sha256sum {} +
done | sort`;

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'sample', namespace: 'default' },
  spec: {
    runtimeClassName: 'sysbox-runc',
    hostUsers: false,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image: 'docker.io/lab/busybox:1', imagePullPolicy: 'Never', command: ['sleep', '3600'] }],
  },
};

describeLab('Sysbox on a fleet of three', () => {
  const lab = useLab('sysbox', 3, { base: 'forky+ctd+k3s' });
  const work = mkdtempSync(join(tmpdir(), 'k3sbox-sysbox-'));
  const inventory = join(work, 'inventory');

  beforeAll(async () => {
    cpSync(join(root, 'inventories/lab/group_vars'), join(inventory, 'group_vars'), { recursive: true });
    writeFileSync(join(inventory, 'hosts.yaml'), await lab.inventoryYaml());
  });
  afterAll(() => rmSync(work, { recursive: true }));

  async function programs(name: string, ...versionAndFaults: readonly string[]): Promise<string> {
    const dir = join(work, name);
    const { code, stderr } = await run([join(root, 'test/lab/stand-ins/sysbox/build.sh'), dir, ...versionAndFaults]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return dir;
  }

  async function bring(dir: string, verb: readonly string[] = ['run', playbook]) {
    const options = ['-i', inventory, '-e', `sysbox_artifacts_dir=${dir}`, '--output', 'json'];
    const { stdout, stderr } = await k3sbox(lab, [...verb, ...options], { cwd: work });
    const lines = stdout.trim().split('\n');
    return { ...lastEvent.parse(JSON.parse(lines.at(-1) ?? '')), stdout, stderr };
  }

  async function onNode(name: string, command: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await lab.ssh(name, command, { user: 'root', input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  const kubectl = (words: string, input = '') => onNode('n1', `/usr/local/bin/k3s kubectl ${words}`, input);

  test(
    'a Sysbox that starts pods without itself fails on the first node, which goes back; no other is put into service',
    async () => {
      const before = await onNode('n2', tree);

      const { exitCode, hosts, stdout } = await bring(await programs('broken', '0.7.1', 'WITHOUT_MOUNTS'));

      expect(stdout).toContain('it has no mount of sysbox-fs');
      expect(exitCode).toBe(5);
      expect(hosts).toMatchObject({ n1: { status: 'ok' }, n2: { status: 'rolled-back' }, n3: { status: 'ok' } });
      expect(await onNode('n2', tree)).toBe(before);
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('');
      expect(await kubectl('get ns -o name')).not.toContain('canary');
    },
    10 * minutes,
  );

  test(
    'a server that fails behind finished agents goes back alone: pods still come to them, until the whole run goes back',
    async () => {
      const trees = await Promise.all(['n1', 'n2', 'n3'].map((name) => onNode(name, tree)));
      const dir = await programs('good', '0.7.1');

      const isSpared = '{{ ne ansible_play_name "Put servers into service: one at a time, last" }}';
      const refused = JSON.stringify({ sysbox_allow_api_outage: isSpared });
      const stopped = await bring(dir, ['run', playbook, '-e', refused]);
      expect(stopped.stdout).toContain('the API would be away while n1 restarts');
      expect(stopped.exitCode).toBe(5);
      expect(stopped.hosts).toMatchObject({
        n1: { status: 'rolled-back' },
        n2: { status: 'ok' },
        n3: { status: 'ok' },
      });
      expect(await onNode('n1', tree)).toBe(trees[0]);
      await kubectl('apply -f -', JSON.stringify(pod));
      await kubectl('wait --for=condition=Ready pod/sample --timeout=30s');
      await kubectl('delete pod sample');

      const one = await bring(dir, ['rollback', stopped.run, '--limit', 'n2']);
      expect(one.stdout).toContain('nodes still take pods with the RuntimeClass sysbox-runc, so it must stay: n2 n3');
      expect(one).toMatchObject({ exitCode: 6, hosts: { n2: { status: 'rollback-failed' } } });

      const back = await bring(dir, ['rollback', stopped.run]);
      expect(back).toMatchObject({
        exitCode: 0,
        hosts: { n2: { status: 'rolled-back' }, n3: { status: 'rolled-back' } },
      });
      // Nothing of n1 stands; the agents went in waves of one, each when the cluster could spare it.
      expect(back.stdout.match(/"state":"at-gate"/g)).toHaveLength(2);
      expect(await Promise.all(['n1', 'n2', 'n3'].map((name) => onNode(name, tree)))).toEqual(trees);
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('');
      expect(await kubectl('get runtimeclass -o name')).not.toContain('sysbox-runc');
    },
    20 * minutes,
  );

  test(
    'a Sysbox that works comes to all nodes, a second run changes nothing, and a rollback of the first puts everything back',
    async () => {
      const trees = await Promise.all(['n1', 'n2', 'n3'].map((name) => onNode(name, tree)));
      const dir = await programs('good', '0.7.1');

      const first = await bring(dir);
      expect(first.hosts).toMatchObject({ n1: { status: 'ok' }, n2: { status: 'ok' }, n3: { status: 'ok' } });
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('node/n1\nnode/n2\nnode/n3\n');

      const restarts = await onNode('n2', 'systemctl show k3s-agent -p ExecMainStartTimestamp');
      const second = await bring(dir);
      expect(second.hosts).toMatchObject({ n1: { changed: 0 }, n2: { changed: 0 }, n3: { changed: 0 } });
      expect(await onNode('n2', 'systemctl show k3s-agent -p ExecMainStartTimestamp')).toBe(restarts);

      await kubectl('apply -f -', JSON.stringify(pod));
      await kubectl('wait --for=condition=Ready pod/sample --timeout=30s');
      const other = await bring(await programs('other', '0.7.2'));
      expect(other.stdout).toContain('other Sysbox programs cannot be put under running pods: default/sample');
      await kubectl('delete pod sample');

      await bring(dir, ['rollback', first.run]);
      expect(await Promise.all(['n1', 'n2', 'n3'].map((name) => onNode(name, tree)))).toEqual(trees);
      expect(await kubectl('get runtimeclass -o name')).not.toContain('sysbox-runc');
      expect(await kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('');
    },
    20 * minutes,
  );
});
