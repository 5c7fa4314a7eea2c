import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Connection } from '../../../src/base/connection.ts';
import { Secret } from '../../../src/base/secret.ts';
import { askpassFiles, writeAskpass } from '../../../src/transport/askpass.ts';
import { opensshArguments } from '../../../src/transport/openssh-arguments.ts';
import { SshConfig } from '../../../src/transport/ssh-config.ts';
import { resolveTarget, type Target } from '../../../src/transport/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'k3sbox openssh '));
afterAll(() => rmSync(folder, { recursive: true }));
const environment = { home: '/home/me', env: process.env };
const files = { controlSocket: `${folder}/control`, log: `${folder}/log`, pinnedHostKeys: `${folder}/pinned 100%` };
const bare: Connection = {
  transport: 'openssh',
  host: 'web',
  address: 'w1',
  knownHostsFiles: [],
  pinnedHostKeys: [],
  sshArguments: [],
  connectTimeoutMs: 1500,
  useSshConfig: false,
  become: { enabled: false, method: 'sudo', user: 'root', exe: 'sudo' },
};
const targetOf = (connection: Connection): Promise<Target> =>
  resolveTarget(connection, new SshConfig(environment), environment);

/** What ssh itself makes of our words. */
async function settings(overrides: Partial<Connection>): Promise<string[]> {
  const connection = { ...bare, ...overrides };
  const args = opensshArguments(connection, await targetOf(connection), files, undefined);
  return execFileSync('ssh', ['-G', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
}

describe('ssh understands our words:', () => {
  test('what the inventory leaves open is left to ssh', async () => {
    const args = opensshArguments(bare, await targetOf(bare), files, undefined);

    expect(args.join(' ')).not.toMatch(
      /StrictHostKeyChecking|UserKnownHostsFile| -l | -p | -i |ProxyJump|IdentitiesOnly/,
    );
  });

  test.each<[string, Partial<Connection>, readonly string[]]>([
    ['a strict policy', { hostKeyPolicy: 'strict' }, ['stricthostkeychecking true']],
    ['accept-new', { hostKeyPolicy: 'accept-new' }, ['stricthostkeychecking accept-new']],
    [
      'no policy at all',
      { hostKeyPolicy: 'off' },
      ['stricthostkeychecking false', 'userknownhostsfile /dev/null', 'globalknownhostsfile /dev/null'],
    ],
    [
      'files of known hosts, also with blanks',
      { knownHostsFiles: ['/my hosts'] },
      [
        'userknownhostsfile /my hosts /home/me/.ssh/known_hosts /home/me/.ssh/known_hosts2 /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2',
      ],
    ],
    [
      'pinned keys',
      { pinnedHostKeys: ['ssh-ed25519 AAAA'], hostKeyPolicy: 'off' },
      ['stricthostkeychecking true', `userknownhostsfile ${folder}/pinned 100%`, 'globalknownhostsfile /dev/null'],
    ],
    ['a user and a port', { user: 'ops', port: 2222 }, ['user ops', 'port 2222']],
    ['a key', { privateKeyFile: import.meta.filename }, [`identityfile ${import.meta.filename}`, 'identitiesonly yes']],
    ['a jump host', { proxyJump: 'hop' }, ['proxyjump hop']],
    ['a secret', { password: new Secret('x') }, ['batchmode no', 'numberofpasswordprompts 1']],
    ['no secret', {}, ['batchmode yes', 'connecttimeout 2', 'serveraliveinterval 10']],
    [
      'extra words',
      { sshArguments: ['-o', 'ServerAliveInterval=5', '-o', 'BatchMode=no'] },
      ['serveraliveinterval 5', 'batchmode yes'],
    ],
  ])('%s', async (_case, overrides, lines) => {
    expect(await settings(overrides)).toEqual(expect.arrayContaining([...lines]));
  });

  test('an address that looks like an option is none', async () => {
    await expect(settings({ address: '-oProxyCommand=x' })).rejects.toThrow(/Command failed/);
  });

  test('a jump host of "none" means none', async () => {
    expect((await settings({ proxyJump: 'none' })).join('\n')).not.toMatch(/proxyjump/);
  });
});

describe('the helper for secrets', () => {
  const who = { user: "o'ps", hostKeyName: 'web' };
  const secretFolder = join(folder, "it's here");
  let helper = '';
  const ask = (question: string): string => spawnSync(helper, [question], { encoding: 'utf8' }).stdout;
  beforeAll(async () => {
    const target = await targetOf(bare);
    const secrets = { password: new Secret('p w'), passphrase: new Secret("it's") };
    mkdirSync(secretFolder);
    helper = (await writeAskpass(secretFolder, { ...target, ...who, ...secrets }))['SSH_ASKPASS'] ?? '';
  });

  test('gives the passphrase whenever it is asked for one', () => {
    expect([1, 2].map(() => ask("Enter passphrase for key '/key': "))).toEqual(["it's", "it's"]);
  });

  test('gives no password to another host', () => {
    expect(ask("o'ps@hop's password: ")).toBe('');
    expect(ask('Are you sure you want to continue connecting (yes/no/[fingerprint])? ')).toBe('');
  });

  test('gives the password once', () => {
    expect([1, 2].map(() => ask("o'ps@web's password: "))).toEqual(['p w', '']);
  });

  test('keeps its files from others, and names all of them', () => {
    const left = readdirSync(secretFolder);

    expect(left.toSorted()).toEqual(askpassFiles.filter((name) => name !== 'password').toSorted());
    expect(left.map((name) => statSync(join(secretFolder, name)).mode & 0o077)).toEqual([0, 0, 0]);
  });

  test('is not there when there is nothing to keep', async () => {
    expect(await writeAskpass(folder, await targetOf(bare))).toEqual({});
  });
});
