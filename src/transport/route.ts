import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';

import { UnreachableError } from '../base/errors.ts';
import { lastLines, sanitise } from '../base/text.ts';
import { abortable, isTimeUp, reasonOf } from './deadline.ts';
import type { ConnectEnvironment } from './environment.ts';
import { failedConnect, timedOut } from './explain.ts';
import { formatAddress, type Target } from './target.ts';
import type { Tunnel } from './jump-hosts.ts';

/** Opens a byte stream to an sshd. Rejects with UnreachableError, or with the reason of the signal. */
export type OpenRoute = (signal: AbortSignal) => Promise<Duplex>;

/** Straight over TCP. Without Nagle's algorithm: it costs 40 ms at every exchange. */
export function openSocket(target: Target, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: target.address,
      port: target.port,
      noDelay: true,
      // Node's 250 ms are less than one round trip on a slow line, and would skip every address of a name there.
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(target.timeoutMs / 3)),
    });
    const abort = (): void => {
      socket.destroy();
      reject(isTimeUp(signal) ? timedOut(target, 'connecting') : reasonOf(signal));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
    socket.on('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(failedConnect(target, 'connecting', error));
    });
  });
}

/** Through a jump host that is connected already. */
export async function openTunnel(target: Target, tunnel: Tunnel, signal: AbortSignal): Promise<Duplex> {
  const forwarding = tunnel.forward(target.address, target.port);
  try {
    return await abortable(forwarding, signal, (late) => late.destroy());
  } catch (error) {
    if (!signal.aborted) throw error;
    throw isTimeUp(signal) ? timedOut(target, 'connecting') : reasonOf(signal);
  }
}

/** Through the standard input and output of a ProxyCommand, already expanded. */
export function openCommand(target: Target, command: string, { env }: ConnectEnvironment): Duplex {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: 'pipe', env: { ...env } });
  let said = '';
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, done),
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  child.stdin.on('error', () => {}); // the program's end says it better
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.stderr.on('data', (chunk: Buffer) => (said = lastLines(said + chunk.toString(), 5)));
  const fail = (why: string): void => {
    const text = `the ProxyCommand for ${formatAddress(target)} ${why}${said === '' ? '' : `: ${sanitise(said)}`}`;
    stream.destroy(new UnreachableError(text, { hint: `Run it by hand to see why: ${command}` }));
  };
  child.on('error', (error) => fail(`did not start (${error.message})`));
  child.on('close', (code, signal) => {
    if (code === 0) stream.push(null);
    else if (!stream.destroyed) fail(`ended with ${signal ?? `exit code ${code}`}`);
  });
  return stream;
}
