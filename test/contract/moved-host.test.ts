import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Connection } from '../../src/base/connection.ts';
import { Host } from '../../src/host/host.ts';
import { createConnect } from '../../src/transport/connect.ts';
import { environmentFor, failureOf, greet } from '../helpers/connecting.ts';
import { makeKey, startSshd, type Sshd } from '../helpers/sshd.ts';

let sshd: Sshd;
let otherKey: string;
let ownKey: string;
beforeAll(async () => {
  sshd = await startSshd();
  otherKey = (await readFile(`${await makeKey(sshd.folder, 'other', 'ed25519')}.pub`, 'utf8')).trim();
  ownKey = sshd.knownHostsLine.trim().split(' ').slice(1, 3).join(' ');
});
afterAll(() => sshd.stop());

/** As if the server had been at port 1 (where nobody answers), or at another address, when it became known. */
async function movedFrom(was: Partial<Connection>, known: string, key: string): Promise<Connection> {
  const file = join(sshd.folder, 'known_before');
  await writeFile(file, `${known} ${key}\n`);
  return sshd.connection({ ...was, knownHostsFiles: [file] });
}

describe.each(['ssh2', 'openssh'] as const)('%s', (transport) => {
  const connect = createConnect(environmentFor('/nonexistent'));

  test('reaches a host where it was moved to, and knows it by the name of before', async () => {
    const connection = await movedFrom({ transport, port: 1 }, `[${sshd.address}]:1`, ownKey);

    expect(await greet(connect({ ...connection, movedTo: { port: sshd.port } }))).toBe('hello');
  });

  test('knows a host by its port of before when that is the usual one', async () => {
    const connection = await movedFrom({ transport, port: 22, address: '127.99.9.9' }, '127.99.9.9', ownKey);

    const movedTo = { address: sshd.address, port: sshd.port };
    expect(await greet(connect({ ...connection, movedTo }))).toBe('hello');
  });

  test('refuses another host there', async () => {
    const connection = await movedFrom({ transport, port: 1 }, `[${sshd.address}]:1`, otherKey);

    const failure = await failureOf(connect({ ...connection, movedTo: { port: sshd.port } }), sshd);

    expect(failure).toMatch(/changed/i);
  });
});

test('a host that is not where it was moved to is looked for where it was before', async () => {
  const connect = createConnect(environmentFor(sshd.folder));
  const never = new AbortController().signal;
  const host = new Host(sshd.connection(), (connection, signal) => connect(connection, { signal }), never);

  await host.moveTo({ port: 1 });

  expect([host.hasMoved, host.connection.movedTo]).toEqual([true, { port: 1 }]);
  expect((await host.open(undefined)).user).toBe(sshd.user);
  expect(host.connection.movedTo).toBeUndefined();
  await host.close();
});
