import { expect, test } from 'vitest';

import { type Diagnostic, renderDiagnostic } from '../../../src/base/diagnostic.ts';

const source = [
  '- hosts: all',
  '  tasks:',
  '    - name: Motd',
  '      copi: { dest: /etc/motd }',
  '\t\tmode: 644',
].join('\n');

/** The problem as it is printed, with a mark at the left so that blanks can be seen. */
function print(
  span: Partial<Diagnostic['span']>,
  more: Partial<Diagnostic> = {},
  text: string | undefined = source,
): string {
  const diagnostic: Diagnostic = {
    severity: 'error',
    message: 'unknown module `copi`',
    span: { file: 'site.yaml', line: 4, column: 7, length: 4, ...span },
    ...more,
  };
  return `\n${renderDiagnostic(diagnostic, (file) => (file === 'site.yaml' ? text : undefined))}\n`;
}

test('a problem is shown with the lines around it and what to do', () => {
  expect(print({}, { hint: 'Did you mean `copy`?' })).toMatchInlineSnapshot(`
    "
    site.yaml:4:7: unknown module \`copi\`
      3 |     - name: Motd
    > 4 |       copi: { dest: /etc/motd }
        |       ~~~~
      5 |   mode: 644
      hint: Did you mean \`copy\`?
    "
  `);
});

test('a warning says so', () => {
  expect(print({ line: 1, column: 3, length: 5 }, { severity: 'warning', message: 'odd' })).toMatchInlineSnapshot(`
    "
    site.yaml:1:3: warning: odd
    > 1 | - hosts: all
        |   ~~~~~
      2 |   tasks:
    "
  `);
});

test('the last line, and a mark no longer than its line', () => {
  expect(print({ line: 5, column: 3, length: 400 })).toMatchInlineSnapshot(`
    "
    site.yaml:5:3: unknown module \`copi\`
      4 |       copi: { dest: /etc/motd }
    > 5 |   mode: 644
        |   ~~~~~~~~~
    "
  `);
});

test('a place behind the end of a line gets one mark', () => {
  expect(print({ line: 2, column: 9, length: 0 })).toMatchInlineSnapshot(`
    "
    site.yaml:2:9: unknown module \`copi\`
      1 | - hosts: all
    > 2 |   tasks:
        |         ~
      3 |     - name: Motd
    "
  `);
});

test('numbers of lines are aligned', () => {
  expect(print({ line: 10, column: 1, length: 1 }, {}, 'x\n'.repeat(10))).toMatchInlineSnapshot(`
    "
    site.yaml:10:1: unknown module \`copi\`
       9 | x
    > 10 | x
         | ~
      11 | 
    "
  `);
});

test('a file that cannot be shown is named, and so is a line that is not there', () => {
  expect(print({ file: 'gone.yaml' })).toMatchInlineSnapshot(`
    "
    gone.yaml:4:7: unknown module \`copi\`
    "
  `);
  expect(print({ line: 77 })).toMatchInlineSnapshot(`
    "
    site.yaml:77:7: unknown module \`copi\`
    "
  `);
});

test('a source cannot speak to the terminal', () => {
  expect(print({ line: 1, column: 1, length: 3 }, {}, 'a\u001b[2Jb\r\nc')).toMatchInlineSnapshot(`
    "
    site.yaml:1:1: unknown module \`copi\`
    > 1 | a [2Jb
        | ~~~
      2 | c
    "
  `);
});
