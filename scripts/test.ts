import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { whyMissing, whyNoBuild, whyNoLab, whyNoRootless } from '../test/lab/machine.ts';
import { runInForeground } from '../test/lab/run.ts';

/*
 * Runs every test that this machine can run, and says at the end what ran, what did not, and why.
 * Arguments go to vitest: `npm test -- session` runs the files with "session" in their path.
 */

/** The projects of vitest.config.ts that are run with each change, and why one of them cannot run here. */
const projects = [
  { name: 'unit', why: undefined },
  { name: 'ssh', why: whyMissing('test') },
  { name: 'browser', why: whyMissing('browser') },
  { name: 'lab', why: whyNoBuild() ?? (process.getuid?.() === 0 ? whyNoLab() : whyNoRootless()) },
];

/** The part of vitest's JSON report that we read. */
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), ancestorTitles: z.array(z.string()), title: z.string() }),
      ),
    }),
  ),
});
type Report = z.infer<typeof Report>;

async function runProject(name: string): Promise<{ readonly failed: boolean; readonly lines: readonly string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'k3sbox-test-'));
  try {
    const file = join(dir, 'report.json');
    const vitest = join(import.meta.dirname, '../node_modules/.bin/vitest');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const options = ['run', '--project', name, '--passWithNoTests', ...reporters, ...process.argv.slice(2)];
    const code = await runInForeground([vitest, ...options]);
    return { failed: code !== 0, lines: summary(name, code, readReport(file)) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Undefined if vitest ended before it could report. */
function readReport(file: string): Report | undefined {
  return existsSync(file) ? Report.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

/** A skipped group of tests carries its reason in its title. */
function summary(name: string, code: number, report: Report | undefined): readonly string[] {
  if (report === undefined) return [`${name}: ended with ${code} and without a report`];
  const skipped = report.testResults
    // where a hook failed, vitest calls the tests that it kept from running skipped
    .filter(({ status }) => status === 'passed')
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed')
    .map(({ ancestorTitles, title }) => ancestorTitles[0] ?? title);
  const result = code === 0 ? 'passed' : `FAILED, ${report.numFailedTests} tests and what could not run after them`;
  if (code === 0 && report.testResults.length === 0) return [`${name}: has no such test`];
  return [
    `${name}: ${result}; ${report.numPassedTests} tests passed`,
    ...[...new Set(skipped)].map((title) => `${name}: skipped ${title}`),
  ];
}

const lines: string[] = [];
for (const { name, why } of projects) {
  if (why !== undefined) {
    lines.push(`${name}: skipped, because ${why}`);
    continue;
  }
  const result = await runProject(name);
  lines.push(...result.lines);
  if (result.failed) process.exitCode = 1;
}
process.stdout.write(`\n${lines.join('\n')}\n`);
