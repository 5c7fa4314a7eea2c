import { writeFileSync } from 'node:fs';

import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

/*
 * A reporter of vitest for scripts/test.ts: what a reader of the last lines wants to know, as JSON in the file that SUMMARY_FILE names.
 */

export interface Summary {
  readonly passed: number;
  /** What failed, with the beginning of why: tests, and hooks that kept tests from running. */
  readonly failed: readonly Failure[];
  /** Tests and groups, each once, whose titles carry the reason. */
  readonly skipped: readonly string[];
  /** Tests that passed when they were tried again, with the beginning of why they failed at first. */
  readonly passedLater: readonly Failure[];
}

interface Failure {
  readonly name: string;
  readonly message: string;
}

/** Lines of a message that are kept. */
const kept = 12;

function failure(name: string, errors: readonly SerializedError[] | undefined): Failure {
  const [error] = errors ?? [];
  const [frame] = error?.stacks ?? [];
  const diff: unknown = error?.['diff'];
  const place = frame === undefined ? [] : [`${frame.file}:${frame.line}:${frame.column}`];
  const text = `${error?.message ?? 'no message'}\n${typeof diff === 'string' ? diff : ''}`;
  return { name, message: [...text.trim().split('\n').slice(0, kept), ...place].join('\n') };
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

/** The whole group, where that is skipped and not this test alone. */
function skippedName(test: TestCase): string {
  let { fullName } = test;
  for (let group = test.parent; group.type === 'suite'; group = group.parent) {
    if (group.options.mode === 'skip') ({ fullName } = group);
  }
  return fullName;
}

/** What a hook, an import or a describe has thrown. */
function failuresOutsideTests(module: TestModule): readonly Failure[] {
  const groups = [...module.children.allSuites()].map((suite) => ({
    name: `${module.relativeModuleId} > ${suite.fullName}`,
    errors: suite.errors(),
  }));
  return [{ name: module.relativeModuleId, errors: module.errors() }, ...groups]
    .filter(({ errors }) => errors.length > 0)
    .map(({ name, errors }) => failure(name, errors));
}

function summarize(modules: readonly TestModule[]): Summary {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (state: string): readonly TestCase[] => tests.filter((test) => test.result().state === state);
  const ran = modules.filter((module) => failuresOutsideTests(module).length === 0);
  const skipped = ran.flatMap((module) => Array.from(module.children.allTests('skipped'), skippedName));
  return {
    passed: inState('passed').length,
    failed: [
      ...modules.flatMap(failuresOutsideTests),
      ...inState('failed').map((test) => failure(nameOf(test), test.result().errors)),
    ],
    skipped: [...new Set(skipped)],
    passedLater: inState('passed')
      .filter((test) => test.diagnostic()?.flaky === true)
      .map((test) => failure(nameOf(test), test.result().errors)),
  };
}

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env['SUMMARY_FILE'];
    if (file === undefined) throw new Error('SUMMARY_FILE is not set: this reporter is for scripts/test.ts');
    const summary = summarize(modules);
    const outside = errors.map((error) => failure('outside of all tests', [error]));
    writeFileSync(file, JSON.stringify({ ...summary, failed: [...summary.failed, ...outside] }));
  }
}
