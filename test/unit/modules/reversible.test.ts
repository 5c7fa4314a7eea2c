import { describe, expect, test } from 'vitest';

import { isReversible, type Step } from '../../../src/base/op.ts';
import { modules } from '../../../src/modules/index.ts';
import { planExample } from '../../helpers/plan-example.ts';

/**
 * Every module whose steps a rollback cannot take back by itself, with the reason. A new one is added here knowingly, or is
 * given an undo: what it `saves`, an `undo` op, `needsNoUndo`, or `changes: false` for one that only looks.
 */
const irreversible: Readonly<Record<string, string>> = {
  command: 'nobody knows what a command does: the playbook says how to take it back (`undo:`), or that it need not be',
  shell: 'as for command',
  script: 'as for command',
  uri: 'a request to another machine is out of our hands',
  reboot: 'a machine cannot be made not to have been restarted',
  k8s_object: 'what a Secret was is kept nowhere',
};

/** What no example shows: other states of the modules that act by commands. */
const more: Readonly<Record<string, readonly object[]>> = {
  service: [
    { name: 'rpcbind.socket', state: 'restarted' },
    { name: 'rpcbind.socket', state: 'reloaded' },
    { name: 'rpcbind.socket', state: 'stopped', enabled: false },
  ],
  mount: [
    { path: '/srv/x', src: '/dev/vdb', fstype: 'ext4', state: 'present' },
    { path: '/srv/x', state: 'absent' },
  ],
  k8s_object: [{ state: 'absent', definition: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } } }],
  user: [{ name: 'root', shell: '/bin/sh', groups: ['old'], append: true }],
  group: [{ name: 'old', gid: 4711 }],
  package: [
    { name: ['rsync'], state: 'absent' },
    { name: ['rsync'], state: 'latest', update_cache: true },
  ],
};

/** Steps of a module with these arguments, on a host on which all examples make sense. */
async function stepsOf(name: string): Promise<readonly Step[]> {
  const module = modules.find((one) => one.name === name);
  if (module === undefined) throw new Error(`there is no module ${name}`);
  const all = [...module.examples.map(({ args }) => args), ...(more[name] ?? [])];
  const plans = await Promise.all(all.map((args) => planExample(module, args)));
  return plans.flatMap(({ first }) => first.steps);
}

describe.each(modules.map(({ name }) => name).filter((name) => irreversible[name] === undefined))('%s', (name) => {
  test('can be taken back', async () => {
    const steps = await stepsOf(name);

    expect(steps.filter((step) => !isReversible(step)).map(({ say }) => say)).toEqual([]);
  });

  test('takes back what a command of it changes by what it has saved, or by a command of its own', async () => {
    const steps = await stepsOf(name);

    const bare = steps.filter(({ do: op, undo, needsNoUndo, changes }) => {
      const isTakenBack = undo !== undefined || needsNoUndo === true || changes === false;
      return op.kind === 'exec' && (op.saves ?? []).length === 0 && !isTakenBack;
    });
    expect(bare.map(({ say }) => say)).toEqual([]);
  });
});

test('what cannot be taken back is still so: otherwise the list is wrong', async () => {
  const names = Object.keys(irreversible).filter((name) => name !== 'k8s_object');
  const steps = await Promise.all(names.map(stepsOf));

  expect(names.filter((_name, i) => steps[i]?.every(isReversible))).toEqual([]);
});

test('of Kubernetes objects only Secrets that were there before cannot be brought back', async () => {
  const steps = await stepsOf('k8s_object');

  expect(steps.filter((step) => !isReversible(step))).toEqual([]);
});
