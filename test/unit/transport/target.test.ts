import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import type { Connection } from '../../../src/base/connection.ts';
import { SshConfig } from '../../../src/transport/ssh-config.ts';
import { formatAddress, resolveTarget, type Target } from '../../../src/transport/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'k3sbox-target-'));
afterAll(() => rmSync(folder, { recursive: true }));

const connection: Connection = {
  transport: 'ssh2',
  host: 'web',
  address: 'w1',
  knownHostsFiles: ['~/known'],
  pinnedHostKeys: [],
  sshArguments: [],
  connectTimeoutMs: 1000,
  useSshConfig: true,
  become: { enabled: false, method: 'sudo', user: 'root', exe: 'sudo' },
};

let count = 0;
function resolve(config: string, overrides: Partial<Connection> = {}, isJump = false): Promise<Target> {
  const sshConfigFile = join(folder, `config${count++}`);
  writeFileSync(sshConfigFile, config);
  const environment = {
    home: '/home/me',
    env: { ...process.env, KEYS: '/keys' },
    sshAuthSock: '/agent',
    sshConfigFile,
  };
  return resolveTarget({ ...connection, ...overrides }, new SshConfig(environment), environment, isJump);
}

const everything = `Host w1
  HostName 10.0.0.1
  Port 2022
  User ops
  IdentityFile \${KEYS}/%r@%n-%h:%p
  IdentityFile ~/.ssh/100%%
  UserKnownHostsFile /etc/%n
  GlobalKnownHostsFile none
  ProxyCommand relay %h %p
  IdentityAgent /run/%u.sock
  StrictHostKeyChecking no
`;

test('without any configuration, the defaults of ssh apply', async () => {
  expect(await resolve('')).toMatchObject({
    address: 'w1',
    port: 22,
    user: userInfo().username,
    identitiesOnly: false,
    agent: '/agent',
    hostKeyName: 'w1',
    hostKeyPolicy: 'strict',
    way: { kind: 'direct' },
  });
});

test('the configuration of ssh applies, with everything expanded', async () => {
  expect(await resolve(everything)).toMatchObject({
    address: '10.0.0.1',
    port: 2022,
    user: 'ops',
    identityFiles: ['/keys/ops@w1-10.0.0.1:2022', '/home/me/.ssh/100%'],
    knownHostsFiles: ['/home/me/known', '/etc/w1'],
    agent: `/run/${userInfo().username}.sock`,
    hostKeyPolicy: 'off',
    way: { kind: 'command', command: 'relay 10.0.0.1 2022' },
  });
});

test('the inventory wins over it', async () => {
  const overrides = {
    port: 23,
    user: 'root',
    privateKeyFile: '~/key',
    hostKeyPolicy: 'strict',
    proxyJump: 'hop:2200',
  } as const;

  expect(await resolve(everything, overrides)).toMatchObject({
    port: 23,
    user: 'root',
    ownIdentityFile: '/home/me/key',
    identityFiles: [],
    identitiesOnly: true,
    hostKeyPolicy: 'strict',
    way: { kind: 'jump', through: 'hop:2200' },
  });
});

test('it may be left alone', async () => {
  expect(await resolve(everything, { useSshConfig: false })).toMatchObject({ address: 'w1', port: 22 });
});

test.each(['', 'none'])('a ProxyJump of "%s" in the inventory means none', async (proxyJump) => {
  expect((await resolve('ProxyJump hop\n', { proxyJump })).way).toEqual({ kind: 'direct' });
});

test('the key of the inventory is one among others for a jump host', async () => {
  const target = await resolve('IdentityFile /a\n', { privateKeyFile: '/own' }, true);

  expect(target).toMatchObject({ ownIdentityFile: '/own', identityFiles: ['/a'], identitiesOnly: false });
});

describe('the agent', () => {
  test.each([
    ['none', undefined],
    ['SSH_AUTH_SOCK', '/agent'],
    ['$KEYS', '/keys'],
    ['/other', '/other'],
  ])('named %s is %s', async (name, agent) => {
    expect((await resolve(`IdentityAgent ${name}\n`)).agent).toBe(agent);
  });
});

test.each([
  ['10.0.0.1', '10.0.0.1:22'],
  ['fe80::1', '[fe80::1]:22'],
])('the address %s is written %s', (address, text) => {
  expect(formatAddress({ address, port: 22 })).toBe(text);
});
