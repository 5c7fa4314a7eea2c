import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import type { ExecOp } from '../../../../src/base/op.ts';
import { waitForPods } from '../../../../src/modules/k3s/pod-script.ts';

const folder = mkdtempSync(join(tmpdir(), 'k3sbox-pod-script-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Api {
  readonly phase: string;
  /** Lines `COUNT REASON: MESSAGE`. */
  readonly events?: readonly string[];
}

/** Waits for one pod, with a program `k3s` that answers what is given. */
function wait({ phase, events = [] }: Api, seconds = 5) {
  const k3s = `#!/bin/sh
case $* in *' pod '*) cat ${folder}/phase;; *'{"\\n"}{end}') cat ${folder}/events;; *) echo "what is $*?" >&2; exit 1;; esac\n`;
  writeFileSync(join(folder, 'k3s'), k3s, { mode: 0o755 });
  writeFileSync(join(folder, 'phase'), phase);
  writeFileSync(join(folder, 'events'), events.map((line) => `${line}\n`).join(''));
  const { command, stdin } = exec(seconds);
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command.text], { env, input: stdin, encoding: 'utf8' });
  return { status, stdout, stderr: stderr.trimEnd().split('\n') };
}

function exec(seconds: number): ExecOp {
  const { do: op } = waitForPods([{ name: 'sysbox', namespace: 'canary' }], seconds);
  if (op.kind !== 'exec') throw new Error('it is no command');
  return op;
}

const unknown =
  'RuntimeClass handler "sysbox-runc" does not support user namespaces: the handler "sysbox-runc" is not known';
const refused = (id: string) =>
  `FailedCreatePodSandBox: failed to create containerd task ${id}: dial unix /run/sysbox/sysfs.sock: connect: connection refused`;

test('a pod that runs is all that is said', () => {
  expect(wait({ phase: 'Running  ' })).toEqual({ status: 0, stdout: 'canary/sysbox is Running\n', stderr: [''] });
});

test('an event that came a second time ends the wait, with its meaning as the last line', () => {
  const { status, stderr } = wait({ phase: 'Pending  ', events: [`2 FailedCreatePodSandBox: ${unknown}`] }, 60);

  expect(status).toBe(1);
  expect(stderr).toEqual([
    'canary/sysbox is not Running but Pending  ',
    `FailedCreatePodSandBox: ${unknown}`,
    expect.stringMatching(/^this means: containerd does not know the handler/),
  ]);
});

test('events that differ by an id alone are one', () => {
  const events = [`1 ${refused('0a1b2c3d4e5f')}`, `1 ${refused('99ff00ee11dd')}`, '1 BackOff: again'];
  const { stderr } = wait({ phase: 'Pending  ', events }, 60);

  expect(stderr).toEqual([
    'canary/sysbox is not Running but Pending  ',
    refused('0a1b2c3d4e5f'),
    'BackOff: again',
    expect.stringMatching(/^this means: a daemon of Sysbox is not running/),
  ]);
});

test('two failures that are not the same may pass', () => {
  const events = ['1 Failed: Failed to pull image "x": timeout', '1 Failed: Error: ErrImagePull'];

  expect(wait({ phase: 'Pending  ', events }, 0).stderr.slice(1)).toEqual([
    'Failed: Failed to pull image "x": timeout',
    'Failed: Error: ErrImagePull',
    expect.stringMatching(/^this means: the node cannot pull the image/),
  ]);
});

test('a pod that has failed says why', () => {
  const { status, stderr } = wait({ phase: 'Failed NodeAffinity Predicate NodeAffinity failed' });

  expect(status).toBe(1);
  expect(stderr[0]).toBe('canary/sysbox failed: Failed NodeAffinity Predicate NodeAffinity failed');
  expect(stderr[1]).toMatch(/^this means: the nodeSelector of the RuntimeClass/);
});

test('what a failure shows as the command is short', () => {
  expect(exec(90).command.text.length).toBeLessThan(200);
});
