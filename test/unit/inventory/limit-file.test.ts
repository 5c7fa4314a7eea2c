import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { readLimit } from '../../../src/inventory/limit-file.ts';

const cwd = mkdtempSync(path.join(tmpdir(), 'k3sbox-limit-'));
afterAll(() => rmSync(cwd, { recursive: true }));

test('a file stands for its lines', async () => {
  writeFileSync(path.join(cwd, 'failed'), '# those that failed\nh1\n  web[0:1] # two\n\n!h3\r\n');

  expect(await readLimit('a, @failed,b', cwd)).toBe('a,h1,web[0:1],!h3,b');
});

test('a file that is not there is a wrong usage', async () => {
  await expect(readLimit('@nope', cwd)).rejects.toMatchObject({
    code: 'usage',
    message: 'the file of --limit cannot be read: nope',
  });
});
