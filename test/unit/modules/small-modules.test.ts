import { expect, test } from 'vitest';

import { fail } from '../../../src/modules/fail.ts';
import { ping } from '../../../src/modules/ping.ts';
import { slurp } from '../../../src/modules/slurp.ts';
import { planModule } from '../../helpers/plan-module.ts';

test('ping answers with pong, or with what it was given', async () => {
  const host = { probes: [{ when: ':' }] };

  expect(await planModule(ping, {}, { host })).toEqual({ steps: [], result: { ping: 'pong' } });
  expect(await planModule(ping, { data: 'hello' }, { host })).toEqual({ steps: [], result: { ping: 'hello' } });
});

test('fail fails with its message', async () => {
  await expect(planModule(fail, { msg: 'no systemd' })).rejects.toThrow('no systemd');
});

test('slurp gives the bytes as base64', async () => {
  const host = { files: { '/etc/token': { content: Buffer.from([0, 255]) } } };

  expect(await planModule(slurp, { src: '/etc/token' }, { host })).toEqual({
    steps: [],
    result: { content: 'AP8=', encoding: 'base64', source: '/etc/token' },
  });
});

test.each([
  ['/nope', 'there is no /nope'],
  ['/etc', '/etc is not a file'],
])('slurp of %s is an error', async (src, message) => {
  const host = { files: { '/etc': { type: 'directory' } } } as const;

  await expect(planModule(slurp, { src }, { host })).rejects.toThrow(message);
});
