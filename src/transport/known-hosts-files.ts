import { appendFile, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pLimit from 'p-limit';

import { UnreachableError } from '../base/errors.ts';
import { keyType } from './fingerprint.ts';
import { judgeHostKey, knownHostName, parseKnownHosts, type HostKeyVerdict, type KnownHost } from './known-hosts.ts';
import { codeOf, messageOf } from './system-error.ts';

/** A lock older than this was left behind by a process that died. */
const staleLockMs = 10_000;
const lockPatienceMs = 15_000;

interface Parsed {
  readonly version: string;
  readonly entries: Promise<readonly KnownHost[]>;
}

/** The known_hosts files of one controller: each is parsed once per change, however many hosts are asked for. */
export class KnownHostsFiles {
  readonly #parsed = new Map<string, Parsed>();
  readonly #oneAtATime = pLimit(1);

  /**
   * All lines of the files, in order; a file that does not exist has none.
   * @throws UnreachableError when one cannot be read.
   */
  async read(files: readonly string[]): Promise<KnownHost[]> {
    return (await Promise.all(files.map((file) => this.#readOne(file)))).flat();
  }

  /**
   * Stores the key of a host nobody knew, once, however many runs try at the same time. The verdict is given anew under a
   * lock: `unknown` means that the key has been stored, anything else that it has not.
   * @throws UnreachableError when the file cannot be written.
   */
  async add(files: readonly string[], host: string, port: number, key: Buffer): Promise<HostKeyVerdict> {
    const [file = ''] = files;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      return await this.#oneAtATime(() =>
        withLock(`${file}.lock`, async () => {
          const verdict = judgeHostKey(await this.read(files), host, port, key);
          if (verdict.kind === 'unknown') await appendLine(file, hostLine(host, port, key));
          return verdict;
        }),
      );
    } catch (cause) {
      if (cause instanceof UnreachableError) throw cause;
      throw new UnreachableError(`cannot store the host key of ${host} in ${file}: ${messageOf(cause)}`, {
        hint: 'Make that file writable, or name another known_hosts file for this host.',
        cause,
      });
    }
  }

  async #readOne(file: string): Promise<readonly KnownHost[]> {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      const version = `${mtimeMs} ${size} ${ino}`;
      const cached = this.#parsed.get(file);
      if (cached?.version === version) return await cached.entries;
      const entries = readFile(file, 'utf8').then((text) => parseKnownHosts(text, file));
      this.#parsed.set(file, { version, entries });
      return await entries;
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return [];
      throw new UnreachableError(`cannot read ${file}: ${messageOf(cause)}`, {
        hint: 'Host keys cannot be checked without it: make it readable.',
        cause,
      });
    }
  }
}

/** A line of known_hosts for a key blob, without a newline. */
function hostLine(host: string, port: number, key: Buffer): string {
  return `${knownHostName(host, port)} ${keyType(key) ?? ''} ${key.toString('base64')}`;
}

/** One write of one line, so that another writer (ssh itself takes no lock) cannot end up in the middle of it. */
async function appendLine(file: string, line: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  await appendFile(file, `${separator}${line}\n`, { mode: 0o600 });
}

async function withLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + lockPatienceMs;
  while (!(await takeLock(lock))) {
    if (Date.now() > giveUpAt) throw new Error(`${lock} is held by another process`);
    await delay(10 + Math.random() * 20);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const held = await stat(lock).catch(() => undefined);
  if (held !== undefined && Date.now() - held.mtimeMs > staleLockMs) await rm(lock, { force: true });
  return false;
}
