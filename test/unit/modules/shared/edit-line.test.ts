import { expect, test } from 'vitest';

import { dropLines, type LineEdit, putLine } from '../../../../src/modules/shared/edit-line.ts';

const config = '# comment\nPort 22\nPort 2222\nUser root\n';

test.each<[string, LineEdit, string]>([
  [
    'the last line that fits is replaced',
    { line: 'Port 1', regexp: '^Port' },
    '# comment\nPort 22\nPort 1\nUser root\n',
  ],
  [
    'the first, when asked',
    { line: 'Port 1', regexp: '^Port', firstMatch: true },
    '# comment\nPort 1\nPort 2222\nUser root\n',
  ],
  ['a line that is there stays', { line: 'User root' }, config],
  ['a line that is there stays although the expression fits nothing', { line: 'User root', regexp: '^Nope' }, config],
  ['a new line goes to the end', { line: 'New' }, `${config}New\n`],
  ['EOF is the end', { line: 'New', insertAfter: 'EOF' }, `${config}New\n`],
  ['BOF is the start', { line: 'New', insertBefore: 'BOF' }, `New\n${config}`],
  [
    'behind the last line that fits',
    { line: 'New', insertAfter: '^Port' },
    '# comment\nPort 22\nPort 2222\nNew\nUser root\n',
  ],
  [
    'behind the first line that fits',
    { line: 'New', insertAfter: '^Port', firstMatch: true },
    '# comment\nPort 22\nNew\nPort 2222\nUser root\n',
  ],
  [
    'before the last line that fits',
    { line: 'New', insertBefore: '^Port' },
    '# comment\nPort 22\nNew\nPort 2222\nUser root\n',
  ],
  ['to the end when nothing fits', { line: 'New', insertBefore: '^Nope' }, `${config}New\n`],
  [
    'the expression wins over the place',
    { line: 'User me', regexp: '^User', insertAfter: '^#' },
    config.replace('root', 'me'),
  ],
  ['plain text can be searched', { line: 'Port 1', searchString: '2222' }, config.replace('2222', '1')],
  [
    'groups are filled in',
    { line: String.raw`\1 \g<n>0`, regexp: String.raw`^(Port) (?P<n>\d+)$`, backrefs: true },
    config.replace('2222', '22220'),
  ],
  ['without a match, groups change nothing', { line: String.raw`\1`, regexp: '^(Nope)', backrefs: true }, config],
  [
    'groups stay as written without backrefs',
    { line: String.raw`\1`, regexp: '^User' },
    config.replace('User root', String.raw`\1`),
  ],
])('%s', (_title, edit, after) => {
  expect(putLine(config, edit)).toBe(after);
});

test.each<[string, LineEdit, string]>([
  ['', { line: 'New' }, 'New\n'],
  ['no end', { line: 'New' }, 'no end\nNew\n'],
  ['no end', { line: 'New', insertAfter: '^no' }, 'no end\nNew\n'],
  ['no end', { line: 'New', regexp: '^no' }, 'New\n'],
  ['no end', { line: 'no end' }, 'no end\n'],
  ['a\r\nb\r\n', { line: 'b' }, 'a\r\nb\n'],
])('%j and %j make %j', (text, edit, after) => {
  expect(putLine(text, edit)).toBe(after);
});

test.each([
  [{ regexp: '^Port' }, '# comment\nUser root\n'],
  [{ line: 'Port 22' }, '# comment\nPort 2222\nUser root\n'],
  [{ searchString: '22' }, '# comment\nUser root\n'],
  [{ regexp: '^Nope' }, config],
])('%j drops every line that fits', (edit, after) => {
  expect(dropLines(config, edit)).toBe(after);
});
