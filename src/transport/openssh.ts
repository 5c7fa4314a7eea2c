import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Connection } from '../base/connection.ts';
import { UnreachableError } from '../base/errors.ts';
import { lastLines } from '../base/text.ts';
import { askpassFiles, writeAskpass } from './askpass.ts';
import { ChildProgram } from './child-program.ts';
import { abortable, isTimeUp, reasonOf, within } from './deadline.ts';
import type { ConnectEnvironment } from './environment.ts';
import { explainSsh, timedOut } from './explain.ts';
import type { LoginLimits } from './limits.ts';
import { opensshArguments } from './openssh-arguments.ts';
import { OpensshTransport } from './openssh-transport.ts';
import type { SshConfig } from './ssh-config.ts';
import { codeOf, messageOf } from './system-error.ts';
import { resolveTarget, routeName, type Target } from './target.ts';

/** What the first program on the connection says when it runs. */
const greeting = 'k3sbox is here';

/**
 * Opens SSH connections with the system's `ssh`, for what ssh2 cannot do: certificates, security keys, GSSAPI, post-quantum key
 * exchange, every word of ssh_config. One `ssh` stays as the master of the connection, and each program has a small one of its own.
 * The master runs a `cat` whose input is ours, so that it ends when this process dies, however that happens.
 */
export class OpensshConnector {
  readonly #environment: ConnectEnvironment;
  readonly #sshConfig: SshConfig;
  readonly #limits: LoginLimits;

  constructor(environment: ConnectEnvironment, sshConfig: SshConfig, limits: LoginLimits) {
    this.#environment = environment;
    this.#sshConfig = sshConfig;
    this.#limits = limits;
  }

  /** @throws UnreachableError, or the reason of `signal`. */
  async connect(connection: Connection, signal: AbortSignal | undefined): Promise<OpensshTransport> {
    const target = await resolveTarget(connection, this.#sshConfig, this.#environment);
    return this.#limits.run(routeName(target), () => this.#attempt(connection, target, signal), signal);
  }

  async #attempt(connection: Connection, target: Target, signal: AbortSignal | undefined): Promise<OpensshTransport> {
    const folder = await mkdtemp(join(tmpdir(), 'k3sbox-'));
    try {
      const master = await this.#startMaster(connection, target, folder);
      await within(target.timeoutMs, signal, (bounded) => greet(master, target, folder, bounded));
      await Promise.all(askpassFiles.map((file) => rm(join(folder, file), { force: true })));
      return new OpensshTransport(master, folder, target, this.#environment);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async #startMaster(connection: Connection, target: Target, folder: string): Promise<ChildProgram> {
    const { env, sshAuthSock, sshConfigFile } = this.#environment;
    const files = opensshFiles(folder);
    if (target.pinnedHostKeys.length > 0) {
      await writeFile(files.pinnedHostKeys, target.pinnedHostKeys.map((key) => `* ${key.trim()}\n`).join(''));
    }
    const askpass = await writeAskpass(folder, target);
    const args = [...opensshArguments(connection, target, files, sshConfigFile), 'exec cat'];
    try {
      return await ChildProgram.start('ssh', args, { env: { ...env, SSH_AUTH_SOCK: sshAuthSock, ...askpass } });
    } catch (cause) {
      throw new UnreachableError(`cannot start ssh: ${messageOf(cause)}`, {
        hint: codeOf(cause) === 'ENOENT' ? 'Install the OpenSSH client on this machine.' : undefined,
        cause,
      });
    }
  }
}

/** The files of a connection in its folder. */
function opensshFiles(folder: string): {
  readonly controlSocket: string;
  readonly log: string;
  readonly pinnedHostKeys: string;
} {
  return {
    controlSocket: join(folder, 'control'),
    log: join(folder, 'log'),
    pinnedHostKeys: join(folder, 'pinned'),
  };
}

/** Waits until a line has come back from the host. */
async function greet(master: ChildProgram, target: Target, folder: string, signal: AbortSignal): Promise<void> {
  let heard = '';
  const greeted = new Promise<void>((resolve) => {
    master.stdout.on('data', (chunk: Buffer) => {
      heard = (heard + chunk.toString('latin1')).slice(-1000);
      if (heard.includes(greeting)) resolve();
    });
  });
  // ssh itself writes to its log; what comes here is from jump hosts and proxies.
  let complaints = '';
  master.stderr.on('data', (chunk: Buffer) => (complaints = lastLines(complaints + chunk.toString(), 5)));
  master.stdin.write(`${greeting}\n`);
  const gaveUp = master.ended.then(async () => {
    throw explainSsh(target, await readFile(opensshFiles(folder).log, 'utf8').catch(() => ''), complaints);
  });
  try {
    await abortable(Promise.race([greeted, gaveUp]), signal);
  } catch (error) {
    master.kill();
    if (!signal.aborted) throw error;
    throw isTimeUp(signal) ? timedOut(target, 'connecting') : reasonOf(signal);
  }
}
