import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Connection } from '../../src/base/connection.ts';
import { startDaemon, kill, type Daemon } from './daemon.ts';
import { createTestUser, type TestUser } from './test-user.ts';

const run = promisify(execFile);

export type KeyKind = 'ed25519' | 'ecdsa' | 'rsa';

export interface SshdOptions {
  /** Lines of sshd_config that come before ours, and so win. */
  readonly config?: readonly string[];
  readonly hostKeys?: readonly KeyKind[];
  /** The kind of the key that may log in. */
  readonly userKey?: KeyKind;
  /** Makes a user with a password for this server; root only. Otherwise one logs in as oneself. */
  readonly makeUser?: boolean;
  /** The made user's login shell. */
  readonly shell?: string;
}

/** A real SSH server on an address of its own below 127.77.0.0/16. */
export interface Sshd {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The made user's. */
  readonly password: string | undefined;
  /** A folder for the test's own files; it goes when the server does. */
  readonly folder: string;
  /** "[address]:port type key", a line for each host key. */
  readonly knownHostsLine: string;
  /** Holds {@link knownHostsLine}. */
  readonly knownHostsFile: string;
  readonly privateKeyFile: string;
  /** The host keys' files, the public ones beside them with .pub. */
  readonly hostKeyFiles: readonly string[];
  readonly authorizedKeysFile: string;
  /** How to connect to it: with the key, knowing the host, without ~/.ssh/config. */
  connection(overrides?: Partial<Connection>): Connection;
  readonly log: () => string;
  readonly logged: (pattern: RegExp) => Promise<void>;
  /** Kills the server's end of all connections. */
  readonly dropConnections: () => void;
  stop(): Promise<void>;
}

/** Starts an OpenSSH server. Stop it in `afterAll`. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  return startServer(options, async (files, { address, port }) => {
    const config = [
      ...(options.config ?? []),
      `ListenAddress ${address}:${port}`,
      ...files.hostKeyFiles.map((file) => `HostKey ${file}`),
      `AuthorizedKeysFile ${files.authorizedKeysFile}`,
      'StrictModes no',
      'UsePAM no',
      'PidFile none',
      'LogLevel VERBOSE',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      // As a bash within a bash, the login shell leaves ~/.bashrc alone, which is the developer's and may be slow.
      'SetEnv SHLVL=1',
    ];
    const file = join(files.folder, 'sshd_config');
    await writeFile(file, config.join('\n'));
    const daemon = await startDaemon('/usr/sbin/sshd', ['-D', '-e', '-f', file]);
    await daemon.logged(/Server listening/);
    return daemon;
  });
}

const dropbear = '/usr/sbin/dropbear';

/** Why there can be no dropbear here, or undefined when there can. */
export const noDropbear = dropbearProblem();

/** Starts a dropbear server with a user of its own, for it looks for keys in the user's home only. Root only. */
export async function startDropbear(options: SshdOptions = {}): Promise<Sshd> {
  return startServer({ ...options, makeUser: true }, async (files, { address, port }) => {
    const keys = await Promise.all(
      files.hostKeyFiles.map(async (file) => {
        await run('dropbearconvert', ['openssh', 'dropbear', file, `${file}.dropbear`]);
        return ['-r', `${file}.dropbear`];
      }),
    );
    const home = files.user?.home ?? '';
    await copyFile(files.authorizedKeysFile, join(home, '.ssh', 'authorized_keys'));
    const daemon = await startDaemon(dropbear, ['-F', '-E', '-p', `${address}:${port}`, ...keys.flat()]);
    await daemon.logged(/Not backgrounding/);
    return daemon;
  });
}

function dropbearProblem(): string | undefined {
  if (process.getuid?.() !== 0) return 'dropbear is tested as root only';
  return existsSync(dropbear) ? undefined : 'dropbear is not installed (apt-get install dropbear-bin)';
}

interface ServerFiles {
  readonly folder: string;
  readonly hostKeyFiles: readonly string[];
  readonly authorizedKeysFile: string;
  readonly user: TestUser | undefined;
}

type Listen = (files: ServerFiles, at: { readonly address: string; readonly port: number }) => Promise<Daemon>;

async function startServer(options: SshdOptions, listen: Listen): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'k3sbox-sshd-'));
  await chmod(folder, 0o755);
  const user = options.makeUser === true ? await createTestUser(folder, options.shell) : undefined;
  const hostKeyFiles = await Promise.all(
    (options.hostKeys ?? ['ed25519']).map((kind) => makeKey(folder, 'host', kind)),
  );
  const privateKeyFile = await makeKey(folder, 'user', options.userKey ?? 'ed25519');
  const authorizedKeysFile = join(folder, 'authorized_keys');
  await copyFile(`${privateKeyFile}.pub`, authorizedKeysFile);
  await chmod(authorizedKeysFile, 0o644);

  const { at, daemon } = await listenSomewhere((place) =>
    listen({ folder, hostKeyFiles, authorizedKeysFile, user }, place),
  );
  const hostKeys = await Promise.all(hostKeyFiles.map((file) => readFile(`${file}.pub`, 'utf8')));
  const knownHostsLine = hostKeys.map((key) => `[${at.address}]:${at.port} ${key.trim()}\n`).join('');
  const knownHostsFile = join(folder, 'known_hosts');
  await writeFile(knownHostsFile, knownHostsLine);
  const name = user?.name ?? userInfo().username;
  return {
    ...at,
    user: name,
    password: user?.password,
    folder,
    knownHostsLine,
    knownHostsFile,
    privateKeyFile,
    hostKeyFiles,
    authorizedKeysFile,
    connection: (overrides) => ({
      transport: 'ssh2',
      host: 'test',
      ...at,
      user: name,
      privateKeyFile,
      hostKeyPolicy: 'strict',
      knownHostsFiles: [knownHostsFile],
      pinnedHostKeys: [],
      sshArguments: [],
      connectTimeoutMs: 15_000,
      useSshConfig: false,
      become: { enabled: false, method: 'sudo', user: 'root', exe: 'sudo' },
      ...overrides,
    }),
    log: daemon.log,
    logged: daemon.logged,
    dropConnections: () => daemon.children().forEach(kill),
    stop: async () => {
      await daemon.stop();
      await user?.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes a key pair in a folder and returns the private key's file. */
export async function makeKey(folder: string, name: string, kind: KeyKind, passphrase = ''): Promise<string> {
  const file = join(folder, `${name}_${kind}`);
  const bits = kind === 'rsa' ? ['-b', '2048'] : [];
  await run('ssh-keygen', ['-q', '-t', kind, ...bits, '-N', passphrase, '-C', `${name} ${kind}`, '-f', file]);
  return file;
}

async function listenSomewhere(
  listen: (at: { readonly address: string; readonly port: number }) => Promise<Daemon>,
): Promise<{ readonly at: { readonly address: string; readonly port: number }; readonly daemon: Daemon }> {
  for (let attempt = 0; ; attempt++) {
    const at = { address: `127.77.${1 + random(250)}.${1 + random(250)}`, port: 20_000 + random(40_000) };
    try {
      return { at, daemon: await listen(at) };
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}
