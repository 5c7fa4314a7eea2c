import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import { parseYaml } from '../../../src/base/yaml-source.ts';
import { readConnection } from '../../../src/inventory/connection.ts';
import { readSshWords, splitWords } from '../../../src/inventory/ssh-words.ts';
import { yamlLayer } from '../../../src/template/layer.ts';
import { VariableScope } from '../../../src/template/variable-scope.ts';

function scope(text: string): VariableScope {
  return VariableScope.of([yamlLayer(parseYaml(text, 'hosts.yml'))]);
}

function read(text: string) {
  return readConnection('n1', scope(text));
}

function problem(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics
      .map(({ span, message, hint }) => `${span.line}:${span.column} ${message} | ${hint ?? ''}`)
      .join('\n');
  }
  return '';
}

describe('connections', () => {
  test('nothing said means ssh to the name, strict about its key', () => {
    expect(read('a: 1')).toEqual({
      connection: {
        transport: 'ssh2',
        host: 'n1',
        address: 'n1',
        hostKeyPolicy: 'strict',
        knownHostsFiles: [],
        pinnedHostKeys: [],
        sshArguments: [],
        connectTimeoutMs: 10_000,
        useSshConfig: true,
        become: { enabled: false, method: 'sudo', user: 'root', exe: 'sudo' },
      },
      warnings: [],
    });
  });

  test.each([
    ['ansible_host: 10.0.0.1', { address: '10.0.0.1' }],
    ['ansible_ssh_host: 10.0.0.1', { address: '10.0.0.1' }],
    ['dc: eu\nansible_host: "n1.{{dc}}"', { address: 'n1.eu' }],
    ['ansible_port: "2222"', { port: 2222 }],
    ['ansible_user: ops\nansible_ssh_user: old', { user: 'ops' }],
    ['ansible_user: ""', {}],
    ['ansible_private_key_file: ~/.ssh/fleet', { privateKeyFile: '~/.ssh/fleet' }],
    ['ansible_connection: openssh', { transport: 'openssh' }],
    ['ansible_connection: local', { transport: 'local' }],
    ['ansible_connection: smart', { transport: 'ssh2' }],
    ['k3sbox_relay: rack 1', { relay: { network: 'rack 1', address: 'n1' } }],
    ['k3sbox_relay: a\nansible_host: 1.2.3.4', { address: '1.2.3.4', relay: { network: 'a', address: '1.2.3.4' } }],
    ['k3sbox_relay: a\nk3sbox_relay_address: 10.0.0.1', { relay: { network: 'a', address: '10.0.0.1' } }],
    ['k3sbox_relay_address: 10.0.0.1', {}],
    ['k3sbox_relay: a\nansible_connection: local', { transport: 'local' }],
    ['k3sbox_host_key_policy: accept-new', { hostKeyPolicy: 'accept-new' }],
    ['ansible_host_key_checking: "no"', { hostKeyPolicy: 'off' }],
    ['ansible_ssh_common_args: -o StrictHostKeyChecking=accept-new', { hostKeyPolicy: 'accept-new' }],
    ['k3sbox_known_hosts_files: [a, b]', { knownHostsFiles: ['a', 'b'] }],
    ['k3sbox_known_hosts_file: a', { knownHostsFiles: ['a'] }],
    ['k3sbox_host_keys: ["ssh-ed25519 AAAA"]', { pinnedHostKeys: ['ssh-ed25519 AAAA'] }],
    ['k3sbox_proxy_jump: bastion', { proxyJump: 'bastion' }],
    ['k3sbox_keep_runs: 3', { keepRuns: 3 }],
    ['ansible_ssh_common_args: -J user@b1:22,b2', { proxyJump: 'user@b1:22,b2' }],
    ['ansible_ssh_common_args: -o ProxyJump=b1 -C -o ControlMaster=auto', { proxyJump: 'b1' }],
    ['ansible_ssh_extra_args: -p 2200 -l me -i key', { port: 2200, user: 'me', privateKeyFile: 'key' }],
    ['ansible_ssh_timeout: 30', { connectTimeoutMs: 30_000 }],
    ['k3sbox_use_ssh_config: no', { useSshConfig: false }],
    [
      'ansible_become: "yes"\nansible_become_user: app',
      { become: { enabled: true, method: 'sudo', user: 'app', exe: 'sudo' } },
    ],
    [
      'ansible_connection: openssh\nansible_ssh_args: -C\nansible_ssh_common_args: -o "ProxyCommand=ssh -W %h:%p b"',
      { transport: 'openssh', sshArguments: ['-C', '-o', 'ProxyCommand=ssh -W %h:%p b'] },
    ],
  ])('%j', (text, expected) => {
    const { connection, warnings } = read(text);

    expect(connection).toMatchObject(expected);
    expect(warnings).toEqual([]);
  });

  test('passwords are secrets', () => {
    const { connection } = read(
      'ansible_password: 12345\nansible_become_pass: hunter2\nansible_private_key_passphrase: x',
    );

    expect(JSON.stringify(connection)).not.toMatch(/12345|hunter2/);
    expect(connection.password?.reveal()).toBe('12345');
    expect(connection.become.password?.reveal()).toBe('hunter2');
    expect(connection.privateKeyPassphrase?.reveal()).toBe('x');
  });
});

describe('mistakes', () => {
  test.each([
    [
      'ansible_connection: winrm',
      '1:21 there is no connection `winrm` | There are ssh (built in), openssh (the `ssh` of the system) and local.',
    ],
    ['ansible_connection: opnssh', '1:21 there is no connection `opnssh` | Did you mean `openssh`?'],
    ['ansible_port: 99999', '1:15 `99999` is no port | Ports go from 1 to 65535.'],
    ['ansible_port: ssh', '1:15 `ssh` is no port'],
    ['ansible_become: maybe', '1:17 `ansible_become` must be yes or no, but is the text "maybe"'],
    ['ansible_become_method: doas', '1:24 `doas` cannot be used to become another user | Only sudo can.'],
    ['ansible_user: [a]', '1:15 `ansible_user` must be text, but is a list'],
    ['k3sbox_keep_runs: 0', '1:19 `0` is no number of runs to keep | The last one is always kept: 1 or more.'],
    ['k3sbox_host_key_policy: lax', '1:25 `lax` is no host key policy | There are strict, accept-new and off.'],
    ['ansible_ssh_timeout: soon', '1:22 a time limit is a number of seconds'],
    [
      'ansible_ssh_common_args: -o ProxyCommand="ssh -W %h:%p b"',
      '1:26 the built-in SSH client cannot run a ProxyCommand | Set ansible_connection: openssh, or use k3sbox_proxy_jump.',
    ],
    ['ansible_host: "{{nope}}"', '1:18 `nope` is not defined'],
  ])('%j', (text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  test.each([
    ['ansible_connection: paramiko', '`paramiko` means the built-in SSH client here'],
    ['ansible_ssh_common_args: -R 80:localhost:80', 'the built-in SSH client does not know `-R 80:localhost:80`'],
    ['ansible_hots: x', '`ansible_hots` is no variable of a connection'],
    ['k3sbox_proxyjump: x', '`k3sbox_proxyjump` is no variable of a connection'],
  ])('%j is worth a warning', (text, expected) => {
    expect(read(text).warnings.map(({ message }) => message)).toEqual([expected]);
  });

  test.each([
    'ansible_python_interpreter: /usr/bin/python3',
    'ansible_distribution: Debian',
    'ansible_ssh_pipelining: true',
  ])('%j is let be', (text) => {
    expect(read(text).warnings).toEqual([]);
  });
});

describe('words for ssh', () => {
  test.each([
    ['-o A=b -C', ['-o', 'A=b', '-C']],
    [`-o 'A=b c' -o "D=e \\"f\\""`, ['-o', 'A=b c', '-o', 'D=e "f"']],
    ['-o A="b c"', ['-o', 'A=b c']],
    [String.raw`a\ b`, ['a b']],
    ['', []],
  ])('%s', (text, expected) => {
    expect(splitWords(text)).toEqual(expected);
  });

  test('the first of two settings wins, attached and spaced forms mean the same', () => {
    expect(
      readSshWords(['-oPort=1', '-p', '2', '-o', 'User me', '-Jb', '-vvv', '-o', 'UserKnownHostsFile=/dev/null x']),
    ).toEqual({
      port: '1',
      user: 'me',
      proxyJump: 'b',
      knownHostsFiles: ['x'],
      unknown: [],
    });
  });
});
