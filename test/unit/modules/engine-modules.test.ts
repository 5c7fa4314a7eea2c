import { expect, test } from 'vitest';

import { fetchModule } from '../../../src/modules/fetch.ts';
import { meta } from '../../../src/modules/meta.ts';
import { pause } from '../../../src/modules/pause.ts';
import { reboot } from '../../../src/modules/reboot.ts';
import { setup } from '../../../src/modules/setup.ts';
import { waitForConnection } from '../../../src/modules/wait-for-connection.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

test('meta hands its action to the engine', async () => {
  expect(await planModule(meta, { action: 'end_host' })).toEqual({ steps: [], result: { meta: 'end_host' } });
  expect(meta.args.safeParse({ action: 'explode' }).success).toBe(false);
});

test.each([
  [{ seconds: 5 }, ['wait for 5 s']],
  [{ minutes: '2' }, ['wait for 120 s']],
  [{ prompt: 'Really?' }, []],
])('pause %j', async (args, says) => {
  expect(await saysOf(planModule(pause, args))).toEqual(says);
});

test('a pause changes nothing and shows its prompt', async () => {
  const { steps, message } = await planModule(pause, { seconds: 1, prompt: 'Wait.' });

  expect(steps[0]).toMatchObject({ changes: false, needsNoUndo: true, do: { timeoutMs: 61_000 } });
  expect(message).toBe('Wait.');
});

test('a reboot may be surrounded by waiting and is proved by a command', async () => {
  const args = { pre_reboot_delay: 1, post_reboot_delay: 2, reboot_timeout: '60', msg: 'soon', test_command: 'k3s -v' };

  const { steps } = await planModule(reboot, args);

  expect(steps.map(({ say }) => say)).toEqual([
    'wait for 1 s',
    'restart the machine',
    'wait for 2 s',
    'wait until the machine is ready',
  ]);
  expect(steps[1]?.do).toEqual({ kind: 'reboot', timeoutMs: 60_000, message: 'soon' });
  expect(steps[3]?.do).toMatchObject({ kind: 'wait', probe: { text: 'k3s -v' } });
});

test('a connection is there when the host answers', async () => {
  const host = { probes: [{ when: ':' }] };

  expect(await saysOf(planModule(waitForConnection, { delay: 3 }, { host }))).toEqual(['wait for 3 s']);
});

test.each([
  [{}, ['ansible_kernel', 'ansible_pkg_mgr', 'ansible_user_dir']],
  [{ filter: 'ansible_k*' }, ['ansible_kernel']],
  [{ filter: ['pkg_mgr', 'nope'] }, ['ansible_pkg_mgr']],
])('setup %j shows %j, and all facts are known after it', async (args, names) => {
  const { facts, result } = await planModule(setup, args, { host: { facts: { kernel: '6.8' } } });

  expect(Object.keys(Object(result?.['ansible_facts'])).toSorted()).toEqual(names);
  expect(facts?.host).toMatchObject({ kernel: '6.8', pkg_mgr: 'apt' });
});

const content = Buffer.from([1, 0, 2]);
const host = { files: { '/etc/a': { content } } };

test.each([
  [{ src: '/etc/a', dest: 'got' }, 'got/node1/etc/a'],
  [{ src: '/etc/a', dest: 'got/', flat: true }, 'got/a'],
  [{ src: '/etc/a', dest: 'b', flat: true }, 'b'],
])('fetch %j brings %s', async (args, path) => {
  expect(await planModule(fetchModule, args, { host })).toMatchObject({
    steps: [],
    fetched: [{ path, content }],
    result: { dest: path },
  });
});

test('a file that is not there can be left out', async () => {
  const args = { src: '/nope', dest: 'got' };

  await expect(planModule(fetchModule, args)).rejects.toThrow('there is no /nope');
  expect(await planModule(fetchModule, { ...args, fail_on_missing: false })).toEqual({
    steps: [],
    message: 'there is no /nope',
  });
});
