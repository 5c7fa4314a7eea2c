import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { lastLines, sanitise } from '../../../src/base/text.ts';

const esc = '\u001b';

describe('what a host prints, made safe', () => {
  test.each([
    ['plain text', 'plain\ttext\n', 'plain\ttext\n'],
    ['other scripts and emoji', 'grüße 日本 👩‍👩‍👧', 'grüße 日本 👩‍👩‍👧'],
    ['colours', `${esc}[1;31mred${esc}[0m`, 'red'],
    ['movements of the cursor', `a${esc}[2J${esc}[H${esc}[10;20Hb`, 'ab'],
    ['private modes', `${esc}[?1049h${esc}[?25lx${esc}[?25h`, 'x'],
    ['a title, ended by a bell', `${esc}]0;owned\u0007x`, 'x'],
    ['a title, ended by ST', `${esc}]0;owned${esc}\\x`, 'x'],
    ['a title that never ends', `a${esc}]0;owned`, 'a'],
    ['a link', `${esc}]8;;http://x${esc}\\text${esc}]8;;${esc}\\`, 'text'],
    ['the clipboard', `${esc}]52;c;aGk=\u0007x`, 'x'],
    ['a device control string', `${esc}P+q544e${esc}\\x`, 'x'],
    ['an application command', `${esc}_Gi=1;AAAA${esc}\\x`, 'x'],
    ['a privacy message', `${esc}^secret${esc}\\x`, 'x'],
    ['two-character sequences', `${esc}c${esc}7${esc}(Bx${esc}=`, 'x'],
    ['a lone escape', `a${esc}`, 'a^['],
    ['an escape before a newline', `a${esc}\nb`, 'a^[\nb'],
    ['an unfinished sequence', `a${esc}[12`, 'a12'],
    ['an escape inside a sequence', `a${esc}[3${esc}[2Jb`, 'a3b'],
    ['a sequence made of the rest of another one', `a${esc}${esc}[2J[2Jb`, 'a^[[2Jb'],
    ['C1 controls', 'a\u009b2Jb\u009d0;x\u009cc', 'a2Jb0;xc'],
    ['bells and backspaces', 'pass\u0008\u0008\u0007', 'pass^H^H^G'],
    ['NUL and DEL', 'a\0b\u007fc', 'a^@b^?c'],
    ['Windows line ends', 'a\r\nb\r\r\nc', 'a\nb\nc'],
    ['a progress bar', '10%\r50%\r100%\n', '100%\n'],
    ['an overwritten line', 'rm -rf /\recho hello', 'echo hello'],
    ['a carriage return at the end', 'done\r', 'done^M'],
    ['text that runs backwards', 'a\u202egnp.exe\u202c\u2066\u200fb', 'agnp.exeb'],
  ])('%s', (_title, text, safe) => {
    expect(sanitise(text)).toBe(safe);
  });

  test('never holds a control character but tab and newline', () => {
    const unit = fc.constantFrom(esc, '[', ']', 'P', '\\', '\u0007', '\u009b', '2', 'J', '\r', '\n', 'x', '\u202e');
    // oxlint-disable-next-line no-control-regex -- control characters are the subject
    const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        expect(sanitise(text)).not.toMatch(unsafe);
      }),
    );
  });

  test('is safe to be cleaned again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sanitise(sanitise(text))).toBe(sanitise(text));
      }),
    );
  });
});

test.each([
  ['a\nb\nc\n', 2, 'b\nc'],
  ['a\nb', 5, 'a\nb'],
  ['a\n\n\n', 1, 'a'],
  ['', 3, ''],
])('the last lines of %j, %i of them: %j', (text, count, last) => {
  expect(lastLines(text, count)).toBe(last);
});
