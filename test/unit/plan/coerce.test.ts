import { expect, test } from 'vitest';
import { z } from 'zod';

import { coerce } from '../../../src/plan/coerce.ts';

const schema = z
  .strictObject({
    on: z.boolean().optional(),
    count: z.int().min(1).default(1),
    ratio: z.number().optional(),
    text: z.string().optional(),
    state: z.enum(['present', 'absent']).optional(),
    names: z.array(z.string()).optional(),
    ports: z.array(z.int()).optional(),
    either: z.union([z.boolean(), z.enum(['auto'])]).optional(),
    any: z.json().optional(),
    inner: z.strictObject({ on: z.boolean() }).optional(),
    inners: z.array(z.strictObject({ on: z.boolean() })).optional(),
    environment: z.record(z.string(), z.string()).optional(),
    word: z.union([z.string(), z.number()]).transform(String).optional(),
  })
  .superRefine(() => undefined);

test.each([
  [{ on: 'yes' }, { on: true }],
  [{ on: 'Off' }, { on: false }],
  [{ on: 1 }, { on: true }],
  [{ count: '5' }, { count: 5 }],
  [{ ratio: ' 0.5 ' }, { ratio: 0.5 }],
  [{ text: 80 }, { text: '80' }],
  [{ text: true }, { text: 'true' }],
  [{ text: 'yes' }, { text: 'yes' }],
  [{ names: 'nginx' }, { names: ['nginx'] }],
  [{ names: 5 }, { names: ['5'] }],
  [{ names: [1, 'b'] }, { names: ['1', 'b'] }],
  [{ ports: '80' }, { ports: [80] }],
  [{ either: 'yes' }, { either: true }],
  [{ either: 'auto' }, { either: 'auto' }],
  [{ any: 'yes' }, { any: 'yes' }],
  [{ inner: { on: 'no' } }, { inner: { on: false } }],
  [{ inners: { on: 'no' } }, { inners: [{ on: false }] }],
  [{ inners: [{ on: 'no' }, { on: true }] }, { inners: [{ on: false }, { on: true }] }],
  [{ environment: { PORT: 80, DEBUG: true } }, { environment: { PORT: '80', DEBUG: 'true' } }],
  [
    { word: 5, on: 'yes' },
    { word: 5, on: true },
  ],
])('%j becomes %j', (written, wanted) => {
  expect(coerce(written, schema)).toEqual(wanted);
});

test.each([
  [{ on: 'maybe' }],
  [{ count: '5 or 6' }],
  [{ count: '0' }],
  [{ state: 'installed' }],
  [{ names: 'a,b', text: ['x'] }],
  [{ text: null }],
  [{ unknown: 'yes' }],
])('%j stays, for the schema to refuse', (written) => {
  expect(coerce(written, schema)).toEqual({ ...written, ...('names' in written && { names: ['a,b'] }) });
  expect(schema.safeParse(coerce(written, schema)).success).toBe(false);
});
