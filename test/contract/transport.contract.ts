import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { UnreachableError } from '../../src/base/errors.ts';
import type { Program, ProgramEnd, Transport } from '../../src/transport/transport.ts';

export interface TransportTraits {
  /** False for the system's ssh, which has no word for signals: such an end is exit code 255 there. */
  readonly tellsSignals?: boolean;
  /** True for dropbear 2022.82 to 2024.85, which drops the connection when one program ends while another starts (its issue 321). */
  readonly isOldDropbear?: boolean;
  /** Breaks the connection as a network would, without a goodbye. */
  readonly breakConnection?: () => void | Promise<void>;
}

/** What a program came to. */
interface Outcome extends ProgramEnd {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Runs a program to its end. */
async function outcomeOf(program: Program, stdin: string | Buffer = ''): Promise<Outcome> {
  program.stdin.end(stdin);
  const [stdout, stderr, end] = await Promise.all([buffer(program.stdout), buffer(program.stderr), program.ended]);
  return { ...end, stdout, stderr };
}

/**
 * What every transport promises, whatever the server and the login shell. `makeTransport` opens a new connection; commands are such
 * that bash, dash, busybox, fish and csh understand them alike.
 */
export function describeTransport(
  name: string,
  makeTransport: () => Promise<Transport>,
  { tellsSignals = true, isOldDropbear = false, breakConnection }: TransportTraits = {},
): void {
  const whyNotHere = isOldDropbear ? ' (this dropbear drops the connection, its issue 321)' : '';
  describe(`${name} transport`, () => {
    let transport: Transport;
    const run = async (command: string, stdin: string | Buffer = ''): Promise<Outcome> =>
      outcomeOf(await transport.start(command), stdin);

    beforeAll(async () => {
      transport = await makeTransport();
    });
    afterAll(() => transport.close());

    test.each([0, 1, 3, 127, 254, 255])('a program that exits with %d ends with that code', async (code) => {
      const { stdout, stderr, ...end } = await run(`exit ${code}`);

      expect(end).toEqual({ exitCode: code });
      expect([stdout.length, stderr.length]).toEqual([0, 0]);
    });

    test('a program that a signal ended says which', async () => {
      const { exitCode, signal } = await run("exec sh -c 'kill -TERM $$'");

      expect({ exitCode, signal }).toEqual(tellsSignals ? { signal: 'SIGTERM' } : { exitCode: 255 });
    });

    test('stdout and stderr stay apart, byte for byte', async () => {
      const { stdout, stderr } = await run(`sh -c 'printf "\\000 \\303\\251 \\377\\n"; printf " oops " >&2'`);

      expect(stdout).toEqual(Buffer.from([0, 32, 0xc3, 0xa9, 32, 0xff, 10]));
      expect(stderr.toString()).toBe(' oops ');
    });

    test('a character that comes in two halves arrives whole', async () => {
      const { stdout } = await run(`sh -c 'printf "\\303"; sleep 0.1; printf "\\251"'`);

      expect(stdout.toString()).toBe('é');
    });

    test('stdin ends when it is ended', async () => {
      expect((await run('cat', 'to the end')).stdout.toString()).toBe('to the end');
    });

    test('5 MB of any bytes go there and come back', async () => {
      const bytes = randomBytes(5_000_000);

      const { stdout } = await run('cat', bytes);

      expect(sumOf(stdout)).toBe(sumOf(bytes));
    });

    test('5 MB on stderr do not keep stdout waiting', async () => {
      const { stdout, stderr } = await run(`sh -c 'head -c 5000000 /dev/zero >&2; echo done'`);

      expect(stdout.toString()).toBe('done\n');
      expect(stderr.length).toBe(5_000_000);
    });

    test('a reader that pauses gets everything when it goes on', async () => {
      const program = await transport.start('head -c 8000000 /dev/zero');
      program.stdin.end();
      program.stderr.resume();
      let count = 0;
      program.stdout.on('data', (chunk: Buffer) => {
        if (count === 0) {
          program.stdout.pause();
          setTimeout(() => program.stdout.resume(), 100);
        }
        count += chunk.length;
      });

      expect(await program.ended).toEqual({ exitCode: 0 });
      expect(count).toBe(8_000_000);
    });

    test('a program that does not read its input ends all the same, and the writer is told', async () => {
      const program = await transport.start('exit 4');
      program.stdout.resume();
      program.stderr.resume();
      const closed = new Promise((resolve) => program.stdin.once('close', resolve));
      program.stdin.write(Buffer.alloc(8_000_000));

      expect(await program.ended).toEqual({ exitCode: 4 });
      program.stdin.end('more');
      await closed;
    });

    test.skipIf(isOldDropbear)(`twenty programs at once all come to their end${whyNotHere}`, async () => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => run(`echo ${i}; exit ${i}`)));

      expect(outcomes.map(({ exitCode, stdout }) => [exitCode, stdout.toString()])).toEqual(
        outcomes.map((_, i) => [i, `${i}\n`]),
      );
    });

    test('close() of a program closes its stdin and settles its end', async () => {
      const program = await transport.start(`sh -c 'echo up; cat >/dev/null; echo gone >&2'`);
      await new Promise((resolve) => program.stdout.once('data', resolve));
      program.close();

      expect(await program.ended).toEqual({});
      if (isOldDropbear) return;
      expect((await run('echo still here')).stdout.toString()).toBe('still here\n');
    });

    test.skipIf(isOldDropbear)(`a reader that walks away does not hold the others up${whyNotHere}`, async () => {
      const programs = await Promise.all(Array.from({ length: 4 }, () => transport.start('yes')));
      for (const program of programs) {
        program.stderr.resume();
        await new Promise((resolve) => program.stdout.once('data', resolve));
        program.stdout.destroy();
      }
      await Promise.all(programs.map(({ ended }) => ended));

      expect((await run('echo next')).stdout.toString()).toBe('next\n');
    });

    test.skipIf(isOldDropbear)(`programs that were let go do not count, though they go on${whyNotHere}`, async () => {
      const programs = await Promise.all(Array.from({ length: 6 }, () => transport.start('exec sleep 5')));
      for (const program of programs) program.close();

      expect((await run('echo next')).stdout.toString()).toBe('next\n');
    });

    describe('that is closed', () => {
      test('settles its programs, says no reason, starts nothing, and may be closed again', async () => {
        const mine = await makeTransport();
        const program = await mine.start('cat');
        await mine.close();
        await mine.close();

        expect(await program.ended).toEqual({});
        expect(await mine.closed).toEqual({});
        await expect(mine.start('true')).rejects.toThrow(UnreachableError);
      });
    });

    describe.skipIf(breakConnection === undefined)(
      `that loses its connection${breakConnection === undefined ? ' (it has none)' : ''}`,
      () => {
        test('settles every program with neither code nor signal, and says why', async () => {
          const mine = await makeTransport();
          const programs = await Promise.all([mine.start('cat'), mine.start('exec sleep 60')]);
          for (const { stdout, stderr } of programs) {
            stdout.resume();
            stderr.resume();
          }
          await breakConnection?.();

          expect(await Promise.all(programs.map(({ ended }) => ended))).toEqual([{}, {}]);
          expect(await mine.closed).toEqual({ reason: expect.stringMatching(/./) });
          await expect(mine.start('true')).rejects.toThrow(UnreachableError);
          await mine.close();
        });
      },
    );
  });
}

function sumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
