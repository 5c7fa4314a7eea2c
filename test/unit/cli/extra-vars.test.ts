import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { readExtraVars } from '../../../src/cli/extra-vars.ts';

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-vars-'));
  writeFileSync(join(cwd, 'more.yaml'), 'a: from file\nlist: [1, 2]\n');
  writeFileSync(join(cwd, 'list.yaml'), '- 1\n');
  writeFileSync(join(cwd, 'empty.yaml'), '# nothing\n');
});

afterAll(() => {
  rmSync(cwd, { recursive: true });
});

test.each([
  [['a=1'], { a: 1 }],
  [['a=false'], { a: false }],
  [['a=text with blanks'], { a: 'text with blanks' }],
  [['a=x=y'], { a: 'x=y' }],
  [['a='], { a: null }],
  [['a=[1, two]'], { a: [1, 'two'] }],
  [['a=0644'], { a: '0644' }],
  [['{"a": {"b": 1}}'], { a: { b: 1 } }],
  [['{a: 1, b: yes}'], { a: 1, b: 'yes' }],
  [['@more.yaml'], { a: 'from file', list: [1, 2] }],
  [['@more.yaml', 'a=later'], { a: 'later', list: [1, 2] }],
  [['a=earlier', '@more.yaml'], { a: 'from file', list: [1, 2] }],
  [['@empty.yaml'], {}],
])('%j is %j', (given, vars) => {
  expect(readExtraVars(given, cwd)).toEqual(vars);
});

test.each([
  [['nonsense'], 'usage', '-e "nonsense" is not `name=value`'],
  [['1a=x'], 'usage', '-e "1a=x" is not `name=value`'],
  [['@nowhere.yaml'], 'usage', 'the file of extra variables nowhere.yaml cannot be read'],
  [['@list.yaml'], 'config', 'extra variables must be a mapping of names to values'],
  [['a={{ b }}'], 'config', expect.any(String)],
])('%j is refused', (given, code, message) => {
  expect(() => readExtraVars(given, cwd)).toThrow(expect.objectContaining({ code, message }));
});
