import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { ExecOp } from '../../../../src/base/op.ts';
import { etcdCanSpare, nobodyNeeds, noPodsRunWith } from '../../../../src/modules/k3s/undo-guards.ts';

/** Runs a guard where `k3s` prints this, whatever it is asked or by words among those; undefined: it does not answer. */
function ask(
  guardOf: (binary: string) => ExecOp,
  printed: string | Readonly<Record<string, string>> | undefined,
  shell: string,
) {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-guard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const binary = join(folder, 'k3s');
  const answers = Object.entries(typeof printed === 'string' ? { ' ': printed } : (printed ?? {}));
  const cases = answers.map(([words, text], i) => {
    writeFileSync(join(folder, `${i}`), text);
    return `*'${words}'*) cat ${folder}/${i};;`;
  });
  writeFileSync(
    binary,
    `#!/bin/sh\n${printed === undefined ? 'echo refused >&2; exit 1' : `case " $* " in ${cases.join(' ')} esac`}\n`,
  );
  chmodSync(binary, 0o755);
  const [program = '', ...words] = shell.split(' ');
  const { status, stdout } = spawnSync(program, [...words, '-c', guardOf(binary).command.text], {
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  return { status, said: stdout.trim() };
}

interface Pod {
  readonly name: string;
  readonly namespace?: string;
  readonly handler?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What `crictl pods -o json` prints. */
function pods(...of: Pod[]): string {
  const items = of.map(({ name, namespace = 'apps', handler = '', annotations = {} }, i) => ({
    id: `${i}`,
    metadata: { attempt: 0, name, namespace, uid: 'u' },
    state: 'SANDBOX_READY',
    labels: { name: 'label', 'io.kubernetes.pod.name': name },
    annotations,
    runtimeHandler: handler,
  }));
  return JSON.stringify({ items }, undefined, 2);
}

const shells = ['dash', 'bash', 'busybox sh'];

describe.each(shells)('with %s', (shell) => {
  const canary: Pod = { name: 'sysbox', namespace: 'k3sbox-canary-n1', handler: 'sysbox-runc' };
  const looksLike: Pod = {
    name: 'other',
    annotations: { text: '"metadata": {"name": "x"}, "runtimeHandler": "sysbox-runc"' },
  };

  test.each<[title: string, printed: string | undefined, said: string]>([
    ['no pods', pods(), ''],
    ['other pods, and our own', pods({ name: 'web' }, canary, looksLike), ''],
    [
      'pods that would lose what they run with',
      pods({ name: 'web' }, { name: 'ci', handler: 'sysbox-runc' }, canary, { name: 'db', handler: 'sysbox-runc' }),
      'pods still run here with sysbox-runc, so it must stay: apps/ci apps/db',
    ],
    ['no answer, since containerd is down', undefined, ''],
  ])('a runtime with %s', (_title, printed, said) => {
    expect(
      ask(
        (binary) =>
          noPodsRunWith(
            { tools: { kubectl: [binary, 'kubectl'], crictl: [binary, 'crictl'], ctr: [binary, 'ctr'] } },
            'sysbox-runc',
          ),
        printed,
        shell,
      ),
    ).toEqual({
      status: said === '' ? 0 : 1,
      said,
    });
  });

  test.each<[title: string, printed: string | undefined, said: string]>([
    ['that no pod names', '', ''],
    [
      'that pods name',
      'a/x b/y ',
      'pods of the cluster still name the RuntimeClass sysbox-runc, so it must stay: a/x b/y',
    ],
    ['while the API is down', undefined, ''],
  ])('a RuntimeClass %s', (_title, printed, said) => {
    expect(ask(() => nobodyNeeds('sysbox-runc', {}), printed, shell)).toEqual({ status: said === '' ? 0 : 1, said });
  });

  test.each<[title: string, nodes: string | undefined, said: string]>([
    ['no node', '', ''],
    ['one node, which may be the one that goes back', 'n2 ', ''],
    [
      'nodes beside the one that goes back',
      'n2 n3 ',
      'nodes still take pods with the RuntimeClass sysbox-runc, so it must stay: n2 n3',
    ],
    ['nobody knows whom, since the API is down', undefined, ''],
  ])('a RuntimeClass that selects %s', (_title, nodes, said) => {
    const asked = nodes === undefined ? undefined : { 'get nodes -l a=b,c/d=e': nodes };
    expect(ask(() => nobodyNeeds('sysbox-runc', { a: 'b', 'c/d': 'e' }), asked, shell)).toEqual({
      status: said === '' ? 0 : 1,
      said,
    });
  });

  test.each<[title: string, printed: string | undefined, said: string]>([
    ['one member', 's1 True\n', ''],
    ['three that are well', 's1 True\ns2 True\ns3 True\n', ''],
    ['three, this one down', 's1 False\ns2 True\ns3 True\n', ''],
    [
      'three, another one down',
      's1 True\ns2 Unknown\ns3 True\n',
      'K3s cannot be restarted here: etcd has 3 members, needs 2, and without s1 has 1',
    ],
    ['no members: another datastore', '', ''],
    ['no answer', undefined, ''],
  ])('etcd with %s', (_title, printed, said) => {
    expect(ask(() => etcdCanSpare({ name: 's1' }), printed, shell)).toEqual({ status: said === '' ? 0 : 1, said });
  });
});
