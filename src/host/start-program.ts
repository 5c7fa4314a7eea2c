import { UnreachableError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { sanitise } from '../base/text.ts';
import type { Program, Transport } from '../transport/transport.ts';
import type { Boot } from './remote-loop.ts';

/** sudo answers at once or asks at once; PAM modules may take their time. */
const becomeTimeoutMs = 60_000;

/**
 * Starts a boot line and gets it past sudo. Nothing is written to stdin before the new shell has said that it reads:
 * a password prompt would swallow it. The password is given once, and only to the prompt that carries our random tag.
 *
 * @throws UnreachableError when sudo refuses or asks for a password that we do not have.
 */
export async function startProgram(
  transport: Transport,
  boot: Boot,
  password: Secret | undefined,
  promptTag: string | undefined,
): Promise<Program> {
  const program = await transport.start(boot.command);
  program.stdin.on('error', () => {}); // told by `ended`
  if (boot.up === undefined) {
    program.stdin.write(boot.input);
    return program;
  }
  await waitUntilUp(program, boot.up, password, promptTag);
  program.stdin.write(boot.input);
  return program;
}

async function waitUntilUp(
  program: Program,
  up: string,
  password: Secret | undefined,
  promptTag: string | undefined,
): Promise<void> {
  let out = Buffer.alloc(0);
  let err = '';
  let asked = false;
  let settled = false;
  await new Promise<void>((resolve, reject) => {
    const refuse = (why: string): void => {
      if (settled) return;
      settle();
      program.close();
      reject(refused(why, err));
    };
    const timer = setTimeout(() => refuse('sudo did not answer within 60 s'), becomeTimeoutMs);
    const onOut = (chunk: Buffer): void => {
      out = Buffer.concat([out, chunk]);
      const end = out.indexOf(`${up}\n`);
      if (end < 0) return;
      settle();
      const rest = out.subarray(end + up.length + 1);
      if (rest.length > 0) program.stdout.unshift(rest);
      resolve();
    };
    const onErr = (chunk: Buffer): void => {
      err += chunk.toString();
      if (promptTag === undefined || !err.includes(promptTag)) return;
      err = err.replace(promptTag, '');
      if (asked) {
        refuse('sudo refused the password');
      } else {
        asked = true;
        program.stdin.write(`${password?.reveal() ?? ''}\n`);
      }
    };
    const settle = (): void => {
      settled = true;
      clearTimeout(timer);
      program.stdout.off('data', onOut);
      program.stderr.off('data', onErr);
      // Without a listener flowing streams would lose what comes; whoever attaches resumes them.
      program.stdout.pause();
      program.stderr.pause();
    };
    program.stdout.on('data', onOut);
    program.stderr.on('data', onErr);
    void program.ended.then(() => refuse(asked ? 'sudo refused the password' : 'cannot become another user'));
  });
}

function refused(why: string, said: string): UnreachableError {
  const words = sanitise(said).trim().slice(-300);
  const needsPassword = /password is required|a terminal is required/.test(words);
  return new UnreachableError(words === '' ? why : `${why}: ${words}`, {
    hint: needsPassword
      ? 'Give the password with --ask-become-pass or ansible_become_password, or allow sudo without one.'
      : 'Check that the user may use sudo on this host.',
  });
}
