import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Connection } from '../../src/base/connection.ts';
import { createConnect, type Connect } from '../../src/transport/connect.ts';
import { environmentFor, failureOf, greet } from '../helpers/connecting.ts';
import { makeKey, startSshd, type Sshd } from '../helpers/sshd.ts';

let sshd: Sshd;
let otherKey: string;
beforeAll(async () => {
  sshd = await startSshd({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
  otherKey = await readFile(`${await makeKey(sshd.folder, 'other', 'ed25519')}.pub`, 'utf8');
});
afterAll(() => sshd.stop());

let connect: Connect;
let file: string;
beforeEach(async () => {
  connect = createConnect(environmentFor(sshd.folder));
  file = join(sshd.folder, 'the_known_hosts');
  await rm(file, { force: true });
});
const connection = (overrides: Partial<Connection> = {}): Connection =>
  sshd.connection({ knownHostsFiles: [file], ...overrides });
const write = (...lines: readonly string[]): Promise<void> =>
  writeFile(file, lines.map((line) => `${line}\n`).join(''));
const name = (): string => `[${sshd.address}]:${sshd.port}`;
const ownKey = (index: number): string =>
  sshd.knownHostsLine.split('\n')[index]?.split(' ').slice(1, 3).join(' ') ?? '';

test('a host that nobody knows is refused, with its fingerprint and what to do', async () => {
  expect(await failureOf(connect(connection()), sshd)).toMatchInlineSnapshot(`
    "the host key of HOST:PORT is not known: ssh-ed25519 SHA256:… (looked in FOLDER/the_known_hosts, FOLDER/.ssh/known_hosts, /etc/ssh/ssh_known_hosts)
    Compare the fingerprint with the host's own (there: \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\`); then add the key to known_hosts, pin it in the inventory, or choose the host key policy \`accept-new\`."
  `);
});

test('a changed key is refused, with both fingerprints and the line', async () => {
  await write('# mine', `${name()} ${otherKey}`);

  expect(await failureOf(connect(connection()), sshd)).toMatchInlineSnapshot(`
    "the host key of HOST:PORT has changed: it shows ssh-ed25519 SHA256:…, known is ssh-ed25519 SHA256:… (FOLDER/the_known_hosts:2)
    Either the host was installed anew, or somebody stands in between. If you know that the new key is right, forget the old one with \`ssh-keygen -R '[HOST]:PORT' -f FOLDER/the_known_hosts\`."
  `);
});

test.each(['ssh2', 'openssh'] as const)(
  '%s refuses a changed key under accept-new as well, and keeps the file',
  async (transport) => {
    await write(`${name()} ${otherKey.trim()}`);

    const failure = await failureOf(connect(connection({ transport, hostKeyPolicy: 'accept-new' })), sshd);

    expect(failure).toMatch(/changed/i);
    expect(await readFile(file, 'utf8')).toBe(`${name()} ${otherKey.trim()}\n`);
  },
);

test.each(['ed25519', 'rsa', 'ecdsa'])(
  'of a host with keys of three types, knowing the %s one is enough',
  async (type) => {
    const keys = [0, 1, 2].map(ownKey);
    await write(`${name()} ${keys.find((key) => key.includes(type))}`);

    expect(await greet(connect(connection()))).toBe('hello');
  },
);

test('a host on another port may be known by its bare name', async () => {
  await write(`${sshd.address} ${ownKey(0)}`);

  expect(await greet(connect(connection()))).toBe('hello');
});

test('a revoked key is refused, known or not, checked or not', async () => {
  await write(`${name()} ${ownKey(0)}`, `@revoked * ${ownKey(0)}`);

  expect(await failureOf(connect(connection({ hostKeyPolicy: 'off' })), sshd)).toMatchInlineSnapshot(`
    "HOST:PORT shows a revoked host key: ssh-ed25519 SHA256:…, revoked by FOLDER/the_known_hosts:2
    Whoever answers there holds a key that must not be trusted. Give the host a new one."
  `);
});

test('a host that a certificate authority vouches for points to the system ssh', async () => {
  await write(`@cert-authority ${name()} ${otherKey}`);

  expect(await failureOf(connect(connection({ hostKeyPolicy: 'accept-new' })), sshd)).toMatchInlineSnapshot(`
    "the host key of HOST:PORT is not known: ssh-ed25519 SHA256:… (looked in FOLDER/the_known_hosts, FOLDER/.ssh/known_hosts, /etc/ssh/ssh_known_hosts)
    Set \`ansible_connection: openssh\` for this host: a certificate authority vouches for it, and checking host certificates needs the system's ssh."
  `);
});

test('without a check any key will do, and none is stored', async () => {
  await write(`${name()} ${otherKey.trim()}`);

  expect(await greet(connect(connection({ hostKeyPolicy: 'off' })))).toBe('hello');
  expect(await readFile(file, 'utf8')).toBe(`${name()} ${otherKey.trim()}\n`);
});

test.each(['ssh2', 'openssh'] as const)(
  '%s: a key pinned in the inventory is the only one that counts',
  async (transport) => {
    await write(`${name()} ${ownKey(0)}`);
    const pinnedTo = (key: string): Connection =>
      connection({ transport, pinnedHostKeys: [key], hostKeyPolicy: 'accept-new' });

    expect(await greet(connect(pinnedTo(ownKey(2))))).toBe('hello');
    await expect(connect(pinnedTo(otherKey))).rejects.toThrow(
      /host key|not a key the inventory pins|verification failed/i,
    );
  },
);

test('what a pinned key should have been is said', async () => {
  expect(await failureOf(connect(connection({ pinnedHostKeys: [otherKey] })), sshd)).toMatchInlineSnapshot(`
    "HOST:PORT shows ssh-ed25519 SHA256:…, which is not a key the inventory pins for it (SHA256:…)
    Correct the pinned keys in the inventory if you know that the host has a new one."
  `);
});

describe('accept-new', () => {
  test('stores a new key once, though twenty connections and two controllers find it at the same time', async () => {
    await writeFile(file, 'other.example ssh-ed25519 AAAA'); // and no newline at its end
    const another = createConnect(environmentFor(sshd.folder));
    const connecting = Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? connect : another)(connection({ hostKeyPolicy: 'accept-new' })),
    );
    const transports = await Promise.all(connecting);
    await Promise.all(transports.map((transport) => transport.close()));

    expect(await readFile(file, 'utf8')).toBe(`other.example ssh-ed25519 AAAA\n${name()} ${ownKey(0)}\n`);
    expect(await greet(connect(connection()))).toBe('hello');
  });

  test('stores nothing of a host that refuses the login', async () => {
    const privateKeyFile = await makeKey(sshd.folder, 'nobody', 'ecdsa');

    await expect(connect(connection({ hostKeyPolicy: 'accept-new', privateKeyFile }))).rejects.toThrow(/refused/);
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
  });

  test('says which file it cannot write', async () => {
    file = '/proc/known_hosts';

    expect(await failureOf(connect(connection({ hostKeyPolicy: 'accept-new' })), sshd)).toMatchInlineSnapshot(`
      "cannot store the host key of HOST in /proc/known_hosts: ENOENT: no such file or directory, open '/proc/known_hosts.lock'
      Make that file writable, or name another known_hosts file for this host."
    `);
  });
});
