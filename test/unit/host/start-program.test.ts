import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { Deferred } from '../../../src/base/deferred.ts';
import { UnreachableError } from '../../../src/base/errors.ts';
import { Secret } from '../../../src/base/secret.ts';
import { startProgram } from '../../../src/host/start-program.ts';
import type { Program, ProgramEnd, Transport } from '../../../src/transport/transport.ts';

/** A program whose other end the test holds. */
class FakeProgram implements Program {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly #ended = new Deferred<ProgramEnd>();
  readonly ended = this.#ended.promise;
  closed = false;

  end(end: ProgramEnd): void {
    this.#ended.resolve(end);
  }

  close(): void {
    this.closed = true;
  }

  /** What was written to it so far. */
  async heard(): Promise<string> {
    await nextTurn();
    return String(this.stdin.read() ?? '');
  }
}

const up = 'UP0123';
const tag = 'K3SBOX4567:';
const boot = { command: 'boot', input: 'the program\n' };

async function setUp({ as = true, password }: { as?: boolean; password?: string } = {}) {
  const program = new FakeProgram();
  const transport: Transport = {
    name: 'fake://',
    closed: new Promise(() => {}),
    start: () => Promise.resolve(program),
    close: () => Promise.resolve(),
  };
  const started = startProgram(
    transport,
    as ? { ...boot, up } : boot,
    password === undefined ? undefined : new Secret(password),
    password === undefined ? undefined : tag,
  );
  started.catch(() => undefined);
  await nextTurn();
  return { program, started };
}

describe('as the login user', () => {
  test('the program travels at once', async () => {
    const { program, started } = await setUp({ as: false });

    expect(await started).toBe(program);
    expect(await program.heard()).toBe('the program\n');
  });
});

describe('as another user', () => {
  test('nothing is written before the new shell reads', async () => {
    const { program, started } = await setUp();
    program.stdout.write('UP0');
    expect(await program.heard()).toBe('');

    program.stdout.write('123\n');
    await started;
    expect(await program.heard()).toBe('the program\n');
  });

  test('what the new shell says after that is not lost', async () => {
    const { program, started } = await setUp();
    program.stdout.write(`Welcome!\n${up}\nfirst words`);
    await started;
    program.stdout.write(' and more');
    const heard: Buffer[] = [];
    program.stdout.on('data', (chunk: Buffer) => heard.push(chunk));
    program.stdout.resume();
    await nextTurn();

    expect(Buffer.concat(heard).toString()).toBe('first words and more');
  });

  test('the password goes to the prompt with our tag, once, even when the prompt comes in pieces', async () => {
    const { program, started } = await setUp({ password: 'hunter2' });
    program.stderr.write('Password: K3SB');
    expect(await program.heard()).toBe('');

    program.stderr.write('OX4567:');
    expect(await program.heard()).toBe('hunter2\n');

    program.stdout.write(`${up}\n`);
    await started;
    expect(await program.heard()).toBe('the program\n');
  });

  test('a second prompt means that the password was wrong', async () => {
    const { program, started } = await setUp({ password: 'hunter2' });
    program.stderr.write(tag);
    await nextTurn();
    program.stderr.write(`Sorry, try again.\n${tag}`);

    await expect(started).rejects.toThrow('sudo refused the password: Sorry, try again.');
    expect(program.closed).toBe(true);
  });

  test('no password is ever given to a prompt that is not ours', async () => {
    const { program, started } = await setUp({ password: 'hunter2' });
    program.stderr.write('[sudo] password for ops: ');
    expect(await program.heard()).toBe('');

    program.end({ exitCode: 1 });
    await expect(started).rejects.toThrow('cannot become another user: [sudo] password for ops:');
  });

  test.each([
    ['sudo: a password is required\n', 'Give the password with --ask-become-pass'],
    ['sudo: a terminal is required to read the password\n', 'Give the password with --ask-become-pass'],
    ['ops is not in the sudoers file.\n', 'Check that the user may use sudo'],
  ])('%j: says what to do', async (said, hint) => {
    const { program, started } = await setUp();
    program.stderr.write(said);
    await nextTurn();
    program.end({ exitCode: 1 });

    const error: unknown = await started.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error).toMatchObject({
      message: `cannot become another user: ${said.trim()}`,
      hint: expect.stringContaining(hint),
    });
  });

  test("a program that ends later is its owner's affair: its streams stay as they are", async () => {
    const { program, started } = await setUp();
    program.stdout.write(`${up}\n`);
    await started;
    program.stdout.resume();
    program.end({ exitCode: 0 });
    await nextTurn();

    expect(program.stdout.isPaused()).toBe(false);
    expect(program.closed).toBe(false);
  });
});
