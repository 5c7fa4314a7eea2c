import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import pLimit from 'p-limit';

import { UnreachableError } from '../base/errors.ts';
import type { ConnectEnvironment } from './environment.ts';
import { configuresNothing } from './ssh-config-files.ts';
import { codeOf, messageOf } from './system-error.ts';

/** What ~/.ssh/config and /etc/ssh/ssh_config say about one host. Tokens (`%h`) and `~` are not expanded yet. */
export interface SshSettings {
  readonly hostName: string;
  readonly port: number;
  readonly user?: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityAgent?: string;
  readonly proxyJump?: string;
  readonly proxyCommand?: string;
  readonly hostKeyAlias?: string;
  readonly knownHostsFiles: readonly string[];
  readonly systemKnownHostsFiles: readonly string[];
  /** In the words of `ssh -G`: "true", "accept-new", "false", "ask". */
  readonly strictHostKeyChecking?: string;
}

/**
 * Reads OpenSSH's client configuration by asking `ssh -G`: nobody else gets Match, Include and the order of precedence right.
 * Each host is asked for once. One question costs some 20 ms of CPU, so none is asked where the files say nothing.
 */
export class SshConfig {
  readonly #environment: ConnectEnvironment;
  readonly #answers = new Map<string, Promise<SshSettings>>();
  readonly #limit = pLimit(4);
  #isSilent: Promise<boolean> | undefined;

  constructor(environment: ConnectEnvironment) {
    this.#environment = environment;
  }

  /**
   * `given` is what the inventory says: it decides which `Match user` applies.
   * @throws UnreachableError when the configuration is broken, or is there but no `ssh` to read it.
   */
  async lookup(host: string, given: { readonly user?: string; readonly port?: number }): Promise<SshSettings> {
    this.#isSilent ??= configuresNothing(this.#environment);
    if (await this.#isSilent) return defaultSettings(host);

    const key = JSON.stringify([host, given.user, given.port]);
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = this.#limit(() => this.#ask(host, given));
      this.#answers.set(key, answer);
    }
    return answer;
  }

  async #ask(host: string, { user, port }: { readonly user?: string; readonly port?: number }): Promise<SshSettings> {
    const { sshConfigFile, env } = this.#environment;
    const words = [
      ...(sshConfigFile === undefined ? [] : ['-F', sshConfigFile]),
      ...(user === undefined ? [] : ['-l', user]),
      ...(port === undefined ? [] : ['-p', String(port)]),
    ];
    try {
      const { stdout } = await run('ssh', ['-T', '-G', ...words, '--', host], { env: { ...env }, timeout: 20_000 });
      return parseSettings(stdout, host);
    } catch (cause) {
      throw explain(host, cause);
    }
  }
}

const run = promisify(execFile);

function explain(host: string, cause: unknown): UnreachableError {
  if (codeOf(cause) === 'ENOENT') {
    return new UnreachableError('there is an ssh configuration, but no `ssh` program to read it', {
      hint: 'Install the OpenSSH client, or tell k3sbox not to use ~/.ssh/config.',
      cause,
    });
  }
  const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
  return new UnreachableError(`ssh cannot read its configuration for ${host}: ${stderr || messageOf(cause)}`, {
    hint: 'Mend ~/.ssh/config or /etc/ssh/ssh_config: `ssh -G HOST` shows what ssh makes of it.',
    cause,
  });
}

/** What applies where no file says otherwise. */
export function defaultSettings(host: string): SshSettings {
  return {
    hostName: host,
    port: 22,
    identityFiles: [
      '~/.ssh/id_ed25519',
      '~/.ssh/id_ecdsa',
      '~/.ssh/id_rsa',
      '~/.ssh/id_ed25519_sk',
      '~/.ssh/id_ecdsa_sk',
    ],
    identitiesOnly: false,
    knownHostsFiles: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
    systemKnownHostsFiles: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
  };
}

/** Understands what `ssh -G` prints: a keyword in lower case, a space and its value on each line. */
export function parseSettings(output: string, host: string): SshSettings {
  const values = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    const list = values.get(keyword);
    if (list === undefined) values.set(keyword, [value]);
    else list.push(value);
  }
  const one = (keyword: string): string | undefined => values.get(keyword)?.[0];
  const [user, proxyJump, proxyCommand, hostKeyAlias, identityAgent, strictHostKeyChecking] = [
    'user',
    'proxyjump',
    'proxycommand',
    'hostkeyalias',
    'identityagent',
    'stricthostkeychecking',
  ].map(one);
  return {
    hostName: one('hostname') ?? host,
    port: Number(one('port') ?? 22),
    identityFiles: values.get('identityfile') ?? [],
    identitiesOnly: one('identitiesonly') === 'yes',
    knownHostsFiles: fileList(one('userknownhostsfile')),
    systemKnownHostsFiles: fileList(one('globalknownhostsfile')),
    ...(user !== undefined && { user }),
    ...(proxyJump !== undefined && { proxyJump }),
    ...(proxyCommand !== undefined && { proxyCommand }),
    ...(hostKeyAlias !== undefined && { hostKeyAlias }),
    ...(identityAgent !== undefined && { identityAgent }),
    ...(strictHostKeyChecking !== undefined && { strictHostKeyChecking }),
  };
}

function fileList(value = ''): string[] {
  return value.split(' ').filter((file) => file !== '' && file !== 'none');
}
