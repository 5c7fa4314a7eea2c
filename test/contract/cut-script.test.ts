import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { bootSession } from '../../src/host/remote-loop.ts';
import { shells } from '../helpers/host-tree.ts';

const nonce = 'N'.repeat(32);

/** A session's program that is sent these bytes and is then left alone, as by a controller that was killed. */
async function cutOff([program, ...words]: readonly [string, ...string[]], request: string): Promise<string> {
  const boot = bootSession(nonce, undefined, 'up');
  const child = spawn(program, [...words, boot.command], { stdio: ['pipe', 'pipe', 'ignore'] });
  const said: string[] = [];
  child.stdout.on('data', (data: Buffer) => said.push(data.toString()));
  child.stdin.end(`${boot.input}${request}`);
  await once(child, 'close');
  return said.join('');
}

/** A script that leaves a mark when it runs. */
function markedBy(script: (mark: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-cut-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const mark = join(folder, 'mark');
  return { mark, script: script(mark) };
}

describe.each(shells)('a connection that is cut, with %s', (_name, shell) => {
  test.each([
    ['of its script', (script: string) => `R 1 ${script.length + 5} 0\n${script}`],
    ['of its input', (script: string) => `R 1 ${script.length} 5\n${script}four`],
    ['behind its input', (script: string) => `R 1 ${script.length} 4\n${script}four`],
  ])('runs nothing when the last bytes %s are missing', async (_title, request) => {
    const { mark, script } = markedBy((path) => `echo >'${path}'`);

    expect(await cutOff(shell, request(script))).toContain('Q;');
    expect(existsSync(mark)).toBe(false);
  });

  test('ends a script that has only just come', async () => {
    const { mark, script } = markedBy((path) => `sleep 2; echo >'${path}'`);

    // The pipe closes when nothing of the script is left.
    expect(await cutOff(shell, `R 1 ${script.length} 0\n${script}.\n`)).toContain('E 1 143;');
    expect(existsSync(mark)).toBe(false);
  });
});
