import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { configuresNothing } from '../../../src/transport/ssh-config-files.ts';
import { parseSettings, SshConfig } from '../../../src/transport/ssh-config.ts';

const home = mkdtempSync(join(tmpdir(), 'k3sbox-ssh-config-'));
const sshConfigFile = join(home, 'config');
beforeEach(() => {
  rmSync(home, { recursive: true });
  mkdirSync(join(home, '.ssh', 'parts'), { recursive: true });
});
afterAll(() => rmSync(home, { recursive: true }));
const environment = { home, env: process.env, sshConfigFile };

describe('a configuration says nothing about connecting', () => {
  test.each([
    ['when there is none', undefined],
    ['when it is empty', '\n# nothing\n'],
    ["when it is Debian's", 'Host *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n    GSSAPIAuthentication yes\n'],
    ['when what it includes says nothing', 'Include parts/*.conf\nInclude missing\n'],
  ])('%s', async (_case, text) => {
    if (text !== undefined) writeFileSync(sshConfigFile, text);
    writeFileSync(join(home, '.ssh/parts/a.conf'), 'ControlMaster auto\n');

    expect(await configuresNothing(environment)).toBe(true);
  });
});

describe('a configuration may say something', () => {
  test.each([
    ['when it names a user', 'Host *\n  User ops\n'],
    ['when it is written with =', 'user=ops'],
    ['when it has a condition', 'Match all\n'],
    ['when what it includes does', 'Include parts/*.conf\n'],
    ['when it includes what we do not follow', 'Include ~/elsewhere\n'],
    ['when it includes itself', `Include ${sshConfigFile}\n`],
    ['when we do not know the word', 'Frobnicate yes\n'],
  ])('%s', async (_case, text) => {
    writeFileSync(sshConfigFile, text);
    writeFileSync(join(home, '.ssh/parts/b.conf'), 'Port 2222\n');

    expect(await configuresNothing(environment)).toBe(false);
  });
});

const lookup = (host: string, given = {}): ReturnType<SshConfig['lookup']> =>
  new SshConfig(environment).lookup(host, given);

describe('what ssh makes of it is taken over', () => {
  test('for an alias', async () => {
    writeFileSync(
      sshConfigFile,
      'Host w?\n HostName %h.example\n Port 2022\n User ops\n IdentityFile ~/.ssh/%r\n IdentitiesOnly yes\n' +
        ' HostKeyAlias web\n IdentityAgent none\n StrictHostKeyChecking accept-new\n UserKnownHostsFile /a /b\n ProxyJump a,b\n',
    );

    expect(await lookup('w1')).toMatchObject({
      hostName: 'w1.example',
      port: 2022,
      user: 'ops',
      identityFiles: ['~/.ssh/%r'],
      identitiesOnly: true,
      hostKeyAlias: 'web',
      identityAgent: 'none',
      strictHostKeyChecking: 'accept-new',
      knownHostsFiles: ['/a', '/b'],
      proxyJump: 'a,b',
    });
  });

  test('with the user and port of the inventory deciding what matches', async () => {
    writeFileSync(sshConfigFile, 'Match user root\n ProxyCommand nc %h %p\nMatch all\n Port 22\n');

    expect(await lookup('h', { user: 'root', port: 23 })).toMatchObject({ port: 23, proxyCommand: 'nc %h %p' });
    expect(await lookup('h', { user: 'ops' })).not.toHaveProperty('proxyCommand');
  });

  test('also for a host whose name looks like an option', async () => {
    writeFileSync(sshConfigFile, 'User ops\n');

    await expect(lookup('-oProxyCommand=touch /tmp/owned')).rejects.toThrow(/ssh cannot read its configuration/);
  });

  test('not without ssh, which is said', async () => {
    writeFileSync(sshConfigFile, 'User ops\n');

    await expect(new SshConfig({ ...environment, env: { PATH: home } }).lookup('h', {})).rejects.toThrow(
      /no `ssh` program/,
    );
  });

  test('once for each host', async () => {
    const counted = join(home, 'counted');
    writeFileSync(sshConfigFile, `Match exec "echo %h >>${counted}"\n User ops\n`);
    const config = new SshConfig(environment);
    await Promise.all(['a', 'a', 'b', 'a'].map((host) => config.lookup(host, {})));

    expect(readFileSync(counted, 'utf8').split('\n').toSorted()).toEqual(['', 'a', 'b']);
  });
});

test('an answer without the usual words still gives an address', () => {
  expect(parseSettings('', 'h')).toMatchObject({ hostName: 'h', port: 22, identityFiles: [] });
});
