import { UnreachableError } from '../../src/base/errors.ts';
import type { ConnectEnvironment } from '../../src/transport/environment.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { Sshd } from './sshd.ts';

/** An environment without agent and ~/.ssh/config, whose home is a folder of the test. */
export function environmentFor(home: string, overrides: Partial<ConnectEnvironment> = {}): ConnectEnvironment {
  const { SSH_AUTH_SOCK: _agent, ...env } = process.env;
  return { home, env, ...overrides };
}

/** What a transport says to `echo hello`. */
export async function hello(transport: Transport): Promise<string> {
  const { stdin, stdout, stderr, ended } = await transport.start('echo hello');
  stdin.end();
  stderr.resume();
  let said = '';
  stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await ended;
  return said.trim();
}

/** Opens a connection, says hello and closes it again. */
export async function greet(connecting: Promise<Transport>): Promise<string> {
  const transport = await connecting;
  try {
    return await hello(transport);
  } finally {
    await transport.close();
  }
}

/** Message and hint of the error of a connection that fails, with the names that differ from run to run replaced. */
export async function failureOf(
  connecting: Promise<Transport>,
  { address, port, user, folder }: Sshd,
): Promise<string> {
  try {
    await (await connecting).close();
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return `${error.message}\n${error.hint ?? '(no hint)'}`
      .replaceAll(`[${address}]:${port}`, '[HOST]:PORT')
      .replaceAll(`${address}:${port}`, 'HOST:PORT')
      .replaceAll(folder, 'FOLDER')
      .replaceAll(String(port), 'PORT')
      .replaceAll(address, 'HOST')
      .replaceAll(new RegExp(`\\b${user}\\b`, 'g'), 'USER')
      .replaceAll(/SHA256:[\w+/]{43}/g, 'SHA256:…');
  }
  throw new Error('it connected');
}

/** How many connections a server has seen. */
export function connectionsTo({ log }: Sshd): number {
  return log().match(/^Connection from /gm)?.length ?? 0;
}
