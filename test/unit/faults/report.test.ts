import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import type { JournalledStep } from '../../faults/lane.ts';
import { casesOf } from '../../faults/matrix.ts';
import { readResults, type Tried, writeResults } from '../../faults/report.ts';

const folder = mkdtempSync(join(tmpdir(), 'k3sbox-faults-'));
const file = join(folder, 'results.json');
afterAll(() => rmSync(folder, { recursive: true }));

const step: JournalledStep = { node: 'main', step: '0001.0', say: 'write /a', folder: '/runs/r', programs: 1 };
const cases = casesOf([step], {});
const tried = cases.slice(0, 3).map((one, i): Tried => {
  const problems = i === 1 ? ['not as before the run:'] : [];
  return { one, outcome: { survived: i !== 1, held: 'program /usr/bin/mv', problems, seconds: 4 } };
});

test('what was written is read again, losses included', () => {
  writeResults(file, { tried, seconds: 12 }, [step]);

  expect(readResults(file, cases)).toEqual({ tried, seconds: 12 });
});

test('a step that is another one by now was not tried', () => {
  writeResults(file, { tried, seconds: 12 }, [step]);

  expect(readResults(file, casesOf([{ ...step, say: 'write /b' }], {})).tried).toEqual([]);
});

test('a file that is not there yet has nothing', () => {
  expect(readResults(join(folder, 'none.json'), cases)).toEqual({ tried: [], seconds: 0 });
});
