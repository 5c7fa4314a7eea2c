import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { diffLines, unifiedDiff } from '../../../src/report/diff-view.ts';
import { makeStyle } from '../../../src/report/style.ts';

const plain = makeStyle(false);

test('a change is a unified diff', () => {
  const diff = unifiedDiff({ of: '/etc/motd', before: 'a\nb\nc\n', after: 'a\nB\nc\n' });

  expect(diff).toMatchInlineSnapshot(`
    "--- /etc/motd
    +++ /etc/motd
    @@ -1,3 +1,3 @@
     a
    -b
    +B
     c"
  `);
});

test('a missing newline at the end is shown', () => {
  expect(unifiedDiff({ of: 'x', before: '', after: 'one' })).toMatchInlineSnapshot(`
    "--- x
    +++ x
    @@ -0,0 +1,1 @@
    +one
    \\ No newline at end of file"
  `);
});

test('nothing is shown when nothing changes', () => {
  expect(diffLines({ of: 'x', before: 'a', after: 'a' }, plain)).toEqual([]);
});

test.each([
  ['binary', 'a\0b', 'a\0bc', '[binary content: 3 bytes -> 4 bytes]'],
  ['text that was not UTF-8', '\ufffd', 'a', '[binary content: 3 bytes -> 1 byte]'],
  ['large', 'a\n'.repeat(1 << 20), 'b\n', '[large content: 1048576 lines -> 1 line]'],
])('%s content is summarised', (_what, before, after, shown) => {
  expect(unifiedDiff({ of: 'x', before, after })).toBe(shown);
});

const longText = (word: string): string => Array.from({ length: 30_000 }, (_, i) => `${word} ${i}\n`).join('');

test('two long texts without a common line are given up in time', () => {
  const start = performance.now();

  expect(unifiedDiff({ of: 'x', before: longText('a'), after: longText('b') })).toBe(
    '[very different content: 30000 lines -> 30000 lines]',
  );
  expect(performance.now() - start).toBeLessThan(5000);
});

test('a long diff is cut on the screen', () => {
  const after = Array.from({ length: 500 }, (_, i) => `line ${i}\n`).join('');

  expect(diffLines({ of: 'x', before: '', after }, plain).slice(-2)).toEqual(['+line 196', '... 303 more lines']);
});

test('what a file says cannot move the cursor or hide itself', () => {
  const after = 'evil\rgood\n\u001b[2Jclear\u001b]0;title\u0007\n\u202eabc\n';

  expect(diffLines({ of: '/etc/\u001b[31mx', before: '', after }, plain)).toMatchInlineSnapshot(`
    [
      "--- "/etc/\\033[31mx"",
      "+++ "/etc/\\033[31mx"",
      "@@ -0,0 +1,3 @@",
      "+evil^Mgood",
      "+clear",
      "+abc",
    ]
  `);
});

test('colours follow the signs', () => {
  const [, , , removed, added] = diffLines({ of: 'x', before: 'a\n', after: 'b\n' }, makeStyle(true));

  expect([removed, added]).toEqual(['\u001b[31m-a\u001b[39m', '\u001b[32m+b\u001b[39m']);
});

const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', '--- x', '+++ y', '@@', '-', '+', '\\'), { maxLength: 30 });
const text = fc.tuple(lines, fc.boolean()).map(([all, end]) => all.join('\n') + (end && all.length > 0 ? '\n' : ''));

test.skipIf(spawnSync('patch', ['--version']).error !== undefined)(
  'patch(1) turns the old text into the new one (needs patch)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'k3sbox-diff-'));
    const file = join(folder, 'file');
    try {
      fc.assert(
        fc.property(text, text, (before, after) => {
          fc.pre(before !== after && before !== '' && after !== '');
          writeFileSync(file, before);

          execFileSync('patch', ['-s', '-p0', file], { input: `${unifiedDiff({ of: 'file', before, after })}\n` });

          expect(readFileSync(file, 'utf8')).toBe(after);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
