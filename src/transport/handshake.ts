import type { Duplex } from 'node:stream';

import { NodeSSH } from 'node-ssh';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';

import { InternalError, UnreachableError } from '../base/errors.ts';
import { Deferred } from '../base/deferred.ts';
import { isTimeUp, reasonOf } from './deadline.ts';
import { dropped, failedConnect, refusedLogin, timedOut, tooManyKeys, type Stage } from './explain.ts';
import type { HostKeyCheck } from './host-key-check.ts';
import type { Login } from './login.ts';
import { codeOf } from './system-error.ts';
import type { Target } from './target.ts';

/** What ssh2 offers by default, in its order; the keys known of a host decide which come first. */
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

export interface HandshakeOptions {
  readonly target: Target;
  readonly login: Login;
  readonly hostKey: HostKeyCheck;
  /** Ends the attempt: see {@link within}. */
  readonly signal: AbortSignal;
}

/**
 * Makes one attempt to log in over `sock`, which is closed if it fails.
 * @throws UnreachableError, saying what the host refused; DroppedError when it hung up before the SSH greeting.
 */
export async function shakeHands(sock: Duplex, { target, login, hostKey, signal }: HandshakeOptions): Promise<Client> {
  const attempt = new Attempt(target, login, hostKey);
  const abort = (): void => attempt.fail(isTimeUp(signal) ? timedOut(target, attempt.stage) : reasonOf(signal));
  try {
    signal.throwIfAborted();
    signal.addEventListener('abort', abort, { once: true });
    return await attempt.run(sock);
  } catch (error) {
    sock.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

class Attempt {
  readonly #target: Target;
  readonly #login: Login;
  readonly #hostKey: HostKeyCheck;
  readonly #done = new Deferred();
  #stage: Stage = 'waiting for the SSH greeting';
  /** What the host sent before its greeting; sshd gives a reason there when it drops us. */
  #preamble = '';

  constructor(target: Target, login: Login, hostKey: HostKeyCheck) {
    this.#target = target;
    this.#login = login;
    this.#hostKey = hostKey;
  }

  get stage(): Stage {
    return this.#stage;
  }

  fail(error: Error): void {
    this.#done.reject(error);
  }

  async run(sock: Duplex): Promise<Client> {
    const client = this.#open(sock);
    client.on('handshake', () => (this.#stage = 'logging in'));
    client.on('ready', () => this.#done.resolve());
    client.on('close', () => this.fail(this.#explain(new Error('the host closed the connection'), sock)));
    // It stays for good: without a listener, any later error would end the whole process.
    client.on('error', (error: Error & { readonly level?: string }) => {
      if (error.level === 'agent') this.#login.notes.push({ text: `the agent did not sign (${error.message})` });
      else this.fail(this.#explain(error, sock));
    });
    sock.on('data', this.#watchGreeting(sock));
    await this.#done.promise;
    return client;
  }

  #open(sock: Duplex): Client {
    const ssh = new NodeSSH();
    const opening = ssh.connect({
      sock,
      username: this.#target.user,
      authHandler: this.#login.next,
      hostVerifier: (key: Buffer) => this.#hostKey.accepts(key),
      algorithms: { serverHostKey: this.#hostKey.order(hostKeyAlgorithms) },
      readyTimeout: 0,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
    });
    // node-ssh gives up at errors that ssh2 survives (a dead agent) and forgets the connection; our own listeners decide.
    opening.catch(() => {});
    if (ssh.connection === null) throw new InternalError('node-ssh made no connection');
    return ssh.connection;
  }

  #watchGreeting(sock: Duplex): (chunk: Buffer) => void {
    const watch = (chunk: Buffer): void => {
      this.#preamble += chunk.toString('latin1');
      if (!/^SSH-/m.test(this.#preamble) && this.#preamble.length < 4096) return;
      sock.off('data', watch);
      this.#stage = 'exchanging keys';
    };
    return watch;
  }

  #explain(error: Error & { readonly level?: string; readonly code?: unknown }, sock: Duplex): UnreachableError {
    if (this.#hostKey.refusal !== undefined) return this.#hostKey.refusal;
    if (error instanceof UnreachableError) return error;
    const isHangUp = sock.readableEnded || codeOf(error) === 'ECONNRESET' || codeOf(error) === 'EPIPE';
    if (this.#stage === 'waiting for the SSH greeting' && isHangUp) return dropped(this.#target, this.#preamble);
    if (error.level === 'client-authentication') return refusedLogin(this.#target, this.#login);
    // RFC 4253, section 11.1: 2 is PROTOCOL_ERROR, 14 NO_MORE_AUTH_METHODS; OpenSSH uses 2 for too many failures.
    if (this.#stage === 'logging in' && (error.code === 2 || error.code === 14)) {
      return tooManyKeys(this.#target, this.#login);
    }
    return failedConnect(this.#target, this.#stage, error);
  }
}
