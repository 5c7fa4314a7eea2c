import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import type { Values } from '../../../src/base/value.ts';
import { failedResult, resultOf, type TaskResult } from '../../../src/run/task-result.ts';
import { isContent, judge, triesOf } from '../../../src/run/verdict.ts';
import { loadOneTask } from '../../helpers/playbook-files.ts';
import { scopeOf } from '../../helpers/scope-of.ts';

const good = resultOf({ steps: [], result: { rc: 0, stdout: 'ready' } }, [], []);
const changed: TaskResult = { ...good, changed: true, values: { ...good.values, changed: true } };
const bad = failedResult('exit code 2', { rc: 2 });

const withValues = (values: Values) => scopeOf({ limit: 1, ...values });
const task = (keywords: string) => loadOneTask(`- { command: x, ${keywords} }`);

describe('a task with', () => {
  test.each<[keywords: string, result: TaskResult, expected: Partial<TaskResult>]>([
    ['name: nothing', bad, bad],
    ['changed_when: false', changed, { changed: false, failed: false }],
    ['changed_when: result.rc == 0', good, { changed: true }],
    ['register: r, changed_when: "r.stdout == \'ready\'"', good, { changed: true }],
    ['changed_when: [true, false]', changed, { changed: false }],
    ['changed_when: false', bad, { changed: false, failed: true, message: 'exit code 2' }],
    ['failed_when: false', bad, { failed: false }],
    ['failed_when: result.rc > limit', bad, { failed: true, message: 'exit code 2' }],
    ['failed_when: result.rc == 0', good, { failed: true, message: 'failed_when: result.rc == 0' }],
    ['failed_when: [result.rc == 0, true]', good, { failed: true, message: 'failed_when: result.rc == 0 && true' }],
    ['failed_when: [result.rc == 0, false]', bad, { failed: false }],
  ])('%s', (keywords, result, expected) => {
    expect(judge(task(keywords), result, withValues)).toMatchObject(expected);
  });

  test('a condition that cannot be evaluated is a mistake in the playbook', () => {
    expect(() => judge(task('failed_when: result.nope == 1'), good, withValues)).toThrow(ConfigError);
  });
});

describe('until', () => {
  test.each<[keywords: string, result: TaskResult, content: boolean]>([
    ['until: result.rc == 2', bad, true],
    ['until: result.rc == 0', bad, false],
    ['until: [result.rc == 2, result.rc == 0]', bad, false],
    ['register: r, until: r.rc == 0', good, true],
    ['retries: 2', good, true],
    ['retries: 2', bad, false],
  ])('%s', (keywords, result, content) => {
    expect(isContent(task(keywords), result, withValues)).toBe(content);
  });
});

describe('tries in all', () => {
  test.each<[keywords: string, retries: number | undefined, tries: number]>([
    ['name: nothing', undefined, 1],
    ['until: true', undefined, 3],
    ['until: true', 0, 1],
    ['until: true', 1, 2],
    ['until: true', 10, 11],
    ['retries: 0', 0, 1],
    ['retries: 2', 2, 3],
  ])('with %s and %j retries: %i', (keywords, retries, tries) => {
    expect(triesOf(task(keywords), retries)).toBe(tries);
  });
});
