import type { BecomeDefaults, Connection, HostKeyPolicy } from '../base/connection.ts';
import type { Diagnostic, Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { readBoolean } from '../base/read-boolean.ts';
import { Secret } from '../base/secret.ts';
import { didYouMean } from '../base/suggest.ts';
import { isList } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { describe } from '../template/helper.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import { connectionVariables, knownVariables } from './connection-variables.ts';
import type { ConnectionVariable } from './connection-variables.ts';
import { readSshWords, splitWords } from './ssh-words.ts';
import type { SshOptions } from './ssh-words.ts';

export interface ConnectionRead {
  readonly connection: Connection;
  /** Variables that are not followed, or not known. */
  readonly warnings: readonly Diagnostic[];
}

const defaultTimeoutSeconds = 10;

/**
 * How a host is reached, from its variables (docs/inventory.md lists them). Values may be text, as INI inventories give it.
 * @throws ConfigError with everything that is wrong
 */
export function readConnection(host: string, variables: VariableScope): ConnectionRead {
  const reader = new Reader(host, variables);
  const connection = reader.connection();
  reader.warnOfUnknown();
  if (reader.errors.length > 0) throw new ConfigError(reader.errors);
  return { connection, warnings: reader.warnings };
}

const transports: Readonly<Record<string, Connection['transport']>> = {
  ssh: 'ssh2',
  ssh2: 'ssh2',
  smart: 'ssh2',
  paramiko: 'ssh2',
  paramiko_ssh: 'ssh2',
  openssh: 'openssh',
  local: 'local',
};

class Reader {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly #host: string;
  readonly #variables: VariableScope;

  constructor(host: string, variables: VariableScope) {
    this.#host = host;
    this.#variables = variables;
  }

  connection(): Connection {
    const transport = this.#transport();
    const sshArguments = [...this.#words('sshArgs'), ...this.#words('commonArgs'), ...this.#words('extraArgs')];
    const ssh = readSshWords(sshArguments);
    const stateFolder = this.#text('stateFolder');
    const keepRuns = this.#keepRuns();
    const address = this.#text('address') ?? this.#host;
    const network = transport === 'local' ? undefined : this.#text('relay');
    if (transport === 'ssh2') this.#checkWords(ssh);
    return {
      transport,
      host: this.#host,
      address,
      hostKeyPolicy: this.#hostKeyPolicy(ssh),
      knownHostsFiles: this.#list('knownHostsFiles') ?? ssh.knownHostsFiles ?? [],
      pinnedHostKeys: this.#list('pinnedHostKeys') ?? [],
      sshArguments: transport === 'openssh' ? sshArguments : [],
      connectTimeoutMs: this.#seconds('timeout', ssh.connectTimeout),
      useSshConfig: this.#boolean('useSshConfig') ?? true,
      become: this.#become(),
      ...(stateFolder !== undefined && { stateFolder }),
      ...(keepRuns !== undefined && { keepRuns }),
      ...(network !== undefined && { relay: { network, address: this.#text('relayAddress') ?? address } }),
      ...this.#login(ssh),
    };
  }

  #login(
    ssh: SshOptions,
  ): Pick<Connection, 'port' | 'user' | 'password' | 'privateKeyFile' | 'privateKeyPassphrase' | 'proxyJump'> {
    const port = this.#port(ssh);
    const user = this.#text('user') ?? ssh.user;
    const password = this.#text('password');
    const privateKeyFile = this.#text('privateKeyFile') ?? ssh.identityFile;
    const passphrase = this.#text('privateKeyPassphrase');
    const proxyJump = this.#text('proxyJump') ?? ssh.proxyJump;
    return {
      ...(port !== undefined && { port }),
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password: new Secret(password) }),
      ...(privateKeyFile !== undefined && { privateKeyFile }),
      ...(passphrase !== undefined && { privateKeyPassphrase: new Secret(passphrase) }),
      ...(proxyJump !== undefined && { proxyJump }),
    };
  }

  #transport(): Connection['transport'] {
    const written = this.#text('transport') ?? 'ssh';
    const transport = Object.hasOwn(transports, written) ? transports[written] : undefined;
    if (written.startsWith('paramiko')) this.#warn('transport', `\`${written}\` means the built-in SSH client here`);
    if (transport !== undefined) return transport;
    const hint =
      didYouMean(written, Object.keys(transports)) ??
      'There are ssh (built in), openssh (the `ssh` of the system) and local.';
    this.#fail('transport', `there is no connection \`${written}\``, hint);
    return 'ssh2';
  }

  #hostKeyPolicy(ssh: SshOptions): HostKeyPolicy {
    const written = this.#text('hostKeyPolicy');
    if (written === 'strict' || written === 'accept-new' || written === 'off') return written;
    if (written !== undefined) {
      this.#fail('hostKeyPolicy', `\`${written}\` is no host key policy`, 'There are strict, accept-new and off.');
    }
    const isChecked = this.#boolean('hostKeyChecking');
    return isChecked === false ? 'off' : (ssh.hostKeyPolicy ?? 'strict');
  }

  #become(): BecomeDefaults {
    const method = this.#text('becomeMethod') ?? 'sudo';
    if (method !== 'sudo') {
      this.#fail('becomeMethod', `\`${method}\` cannot be used to become another user`, 'Only sudo can.');
    }
    const password = this.#text('becomePassword');
    return {
      enabled: this.#boolean('become') ?? false,
      method: 'sudo',
      user: this.#text('becomeUser') ?? 'root',
      exe: this.#text('becomeExe') ?? 'sudo',
      ...(password !== undefined && { password: new Secret(password) }),
    };
  }

  #checkWords({ unknown }: SshOptions): void {
    const proxy = unknown.find((word) => /proxycommand/i.test(word));
    const words = this.#nameOf('commonArgs') === undefined ? 'sshArgs' : 'commonArgs';
    if (proxy !== undefined) {
      this.#fail(
        words,
        'the built-in SSH client cannot run a ProxyCommand',
        'Set ansible_connection: openssh, or use k3sbox_proxy_jump.',
      );
    } else if (unknown.length > 0) {
      const message = `the built-in SSH client does not know ${unknown.map((word) => `\`${word}\``).join(', ')}`;
      this.#warn(words, message, 'Set ansible_connection: openssh for hosts that need it.');
    }
  }

  warnOfUnknown(): void {
    for (const name of this.#variables.names()) {
      if (!/^(?:ansible|k3sbox)_/.test(name) || knownVariables.has(name) || !this.#isInFile(name)) continue;
      const hint = didYouMean(name, knownVariables);
      if (hint === undefined && name.startsWith('ansible_')) continue;
      const message = `\`${name}\` is no variable of a connection`;
      this.warnings.push({
        severity: 'warning',
        message,
        span: this.#spanOf(name),
        ...(hint !== undefined && { hint }),
      });
    }
  }

  #nameOf(variable: ConnectionVariable): string | undefined {
    return connectionVariables[variable].find((name) => this.#value(name) !== undefined);
  }

  /** Empty text counts as not set: `ansible_user=` in an INI file. */
  #value(name: string): Value | undefined {
    const value = this.#variables.get(name);
    return value === null || value === '' ? undefined : value;
  }

  #text(variable: ConnectionVariable): string | undefined {
    const name = this.#nameOf(variable);
    const value = name === undefined ? undefined : this.#value(name);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    this.#fail(variable, `\`${name}\` must be text, but is ${describe(value)}`);
    return undefined;
  }

  #list(variable: ConnectionVariable): readonly string[] | undefined {
    const name = this.#nameOf(variable);
    const value = name === undefined ? undefined : this.#value(name);
    if (!isList(value)) {
      const one = this.#text(variable);
      return one === undefined ? undefined : [one];
    }
    const texts = value.filter((one) => typeof one === 'string');
    if (texts.length < value.length) this.#fail(variable, `\`${name}\` must be a list of texts`);
    return texts;
  }

  #boolean(variable: ConnectionVariable): boolean | undefined {
    const name = this.#nameOf(variable);
    const value = name === undefined ? undefined : this.#value(name);
    if (value === undefined) return undefined;
    const read = readBoolean(value);
    if (read === undefined) this.#fail(variable, `\`${name}\` must be yes or no, but is ${describe(value)}`);
    return read;
  }

  #port(ssh: SshOptions): number | undefined {
    const written = this.#text('port') ?? ssh.port;
    if (written === undefined) return undefined;
    const port = Number(written);
    if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
    this.#fail('port', `\`${written}\` is no port`, 'Ports go from 1 to 65535.');
    return undefined;
  }

  #seconds(variable: ConnectionVariable, other: string | undefined): number {
    const seconds = Number(this.#text(variable) ?? other ?? defaultTimeoutSeconds);
    if (seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
    this.#fail(variable, 'a time limit is a number of seconds');
    return defaultTimeoutSeconds * 1000;
  }

  #keepRuns(): number | undefined {
    const written = this.#text('keepRuns');
    if (written === undefined) return undefined;
    const runs = Number(written);
    if (Number.isInteger(runs) && runs > 0) return runs;
    this.#fail('keepRuns', `\`${written}\` is no number of runs to keep`, 'The last one is always kept: 1 or more.');
    return undefined;
  }

  #words(variable: ConnectionVariable): readonly string[] {
    return splitWords(this.#text(variable) ?? '');
  }

  #fail(variable: ConnectionVariable, message: string, hint?: string): void {
    const span = this.#spanOf(this.#nameOf(variable) ?? connectionVariables[variable][0]);
    this.errors.push({ severity: 'error', message, span, ...(hint !== undefined && { hint }) });
  }

  #warn(variable: ConnectionVariable, message: string, hint?: string): void {
    const span = this.#spanOf(this.#nameOf(variable) ?? connectionVariables[variable][0]);
    this.warnings.push({ severity: 'warning', message, span, ...(hint !== undefined && { hint }) });
  }

  /** Facts and magic variables are nobody's slip of the pen. */
  #isInFile(name: string): boolean {
    const at = this.#variables.origin(name)?.written.at([]);
    return at !== undefined && 'line' in at;
  }

  #spanOf(name: string): Span {
    const at = this.#variables.origin(name)?.written.at([]) ?? { file: this.#host };
    return 'line' in at ? at : { file: at.file, line: 1, column: 1, length: 1 };
  }
}
