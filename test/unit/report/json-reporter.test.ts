import { expect, test } from 'vitest';

import { JsonReporter } from '../../../src/report/json-reporter.ts';
import { recordedRun } from '../../helpers/recorded-run.ts';

test('every event is one line, and the last is the end of the run', () => {
  const lines: string[] = [];
  const reporter = new JsonReporter((line) => lines.push(line));

  for (const event of recordedRun) reporter.onEvent(event);

  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(recordedRun);
  expect(lines.at(-1)).toContain('"type":"run-finished"');
});

test('control and direction characters are escaped, and come back', () => {
  const message = 'a\u001b\u009b\u202e\u2028b';
  const lines: string[] = [];

  new JsonReporter((line) => lines.push(line)).onEvent({ type: 'warning', message });

  expect(lines).toEqual(['{"type":"warning","message":"a\\u001b\\u009b\\u202e\\u2028b"}']);
  expect(JSON.parse(lines[0] ?? '')).toEqual({ type: 'warning', message });
});
