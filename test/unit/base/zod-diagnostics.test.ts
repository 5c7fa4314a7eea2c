import { expect, test } from 'vitest';
import { z } from 'zod';

import { renderDiagnostic } from '../../../src/base/diagnostic.ts';
import { parseYaml } from '../../../src/base/yaml-source.ts';
import { zodDiagnostics } from '../../../src/base/zod-diagnostics.ts';

const schema = z.strictObject({
  dest: z.string().startsWith('/'),
  count: z.int().min(1).max(9).optional(),
  state: z.enum(['file', 'absent']).default('file'),
  serial: z.union([z.int(), z.string().regex(/^\d+%$/, 'must be a number or a percentage')]).optional(),
  tags: z.array(z.string()).min(1).optional(),
  source: z.union([z.string(), z.strictObject({ path: z.string(), sha256: z.string().optional() })]).optional(),
  step: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('shell'), cmd: z.string() }),
      z.object({ kind: z.literal('copy') }),
    ])
    .optional(),
  env: z.record(z.string().regex(/^[A-Z]+$/), z.string()).optional(),
  either: z
    .strictObject({ a: z.string().optional(), b: z.string().optional() })
    .refine(({ a, b }) => a !== undefined || b !== undefined, 'give a or b')
    .optional(),
});

function problems(text: string): string {
  const source = parseYaml(`task:\n  ${text.replaceAll('\n', '\n  ')}`, 'f.yaml');
  const written = source.value;
  const value = typeof written === 'object' && written !== null && 'task' in written ? written['task'] : null;
  const result = schema.safeParse(value);
  if (result.success) return '';
  const found = zodDiagnostics(result.error, { places: source, value, schema, basePath: ['task'] });
  return found.map((one) => renderDiagnostic(one, () => undefined)).join('\n');
}

test.each([
  ['dest: x', 'f.yaml:2:9: `dest` must start with "/"'],
  ['dest: 5', 'f.yaml:2:9: `dest` must be text, but is 5'],
  ['dest:', 'f.yaml:2:8: `dest` must be text, but is empty'],
  ['count: 1', 'f.yaml:1:1: `dest` is missing (text)'],
  ['dest: /a\ncount: many', 'f.yaml:3:10: `count` must be a number, but is the text "many"'],
  ['dest: /a\ncount: 1.5', 'f.yaml:3:10: `count` must be a whole number, but is 1.5'],
  ['dest: /a\ncount: 0', 'f.yaml:3:10: `count` must be at least 1'],
  ['dest: /a\ncount: 10', 'f.yaml:3:10: `count` must be at most 9'],
  ['dest: /a\nstate: link', 'f.yaml:3:10: `state` must be one of file, absent'],
  ['dest: /a\nsttae: file', 'f.yaml:3:3: `sttae` is not known here\n  hint: Did you mean `state`?'],
  [
    'dest: /a\nsource: {path: x, checksum: y}',
    'f.yaml:3:21: `checksum` is not known here\n  hint: Known here: path, sha256.',
  ],
  ['dest: /a\nsource: {path: 5}', 'f.yaml:3:18: `path` must be text, but is 5'],
  ['dest: /a\nsource: [x]', 'f.yaml:3:11: `source` must be text, or a mapping, but is a list'],
  ['dest: /a\nserial: 30', ''],
  ['dest: /a\nserial: "30"', 'f.yaml:3:12: `serial` must be a number or a percentage'],
  ['dest: /a\nserial: [1]', 'f.yaml:3:11: `serial` must be a number, or text, but is a list'],
  ['dest: /a\ntags: []', 'f.yaml:3:9: `tags` must not be empty'],
  ['dest: /a\ntags: [a, 1]', 'f.yaml:3:13: `tags` must be text, but is 1'],
  ['dest: /a\nstep: {kind: move}', 'f.yaml:3:16: `kind` must be one of shell, copy'],
  ['dest: /a\nstep: {kind: shell}', 'f.yaml:3:3: `cmd` is missing (text)'],
  ['dest: /a\nenv: {lower: x}', 'f.yaml:3:9: `lower` is no valid name here: must match /^[A-Z]+$/'],
  ['dest: /a\neither: {}', 'f.yaml:3:11: `either` is wrong: give a or b'],
])('%j gives %j', (text, expected) => {
  expect(problems(text)).toBe(expected);
});
