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

const Failures = z.array(z.object({ name: z.string(), message: z.string() }));

/** What summary-reporter.ts writes. */
const Summary = z.object({
  passed: z.number(),
  failed: Failures,
  skipped: z.array(z.string()),
  passedLater: Failures,
});
type Summary = z.infer<typeof Summary>;

async function runProject(name: string): Promise<{ readonly failed: boolean; readonly lines: readonly string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'k3sbox-test-'));
  try {
    const file = join(dir, 'summary.json');
    const vitest = join(import.meta.dirname, '../node_modules/.bin/vitest');
    const reporters = ['--reporter=default', `--reporter=${join(import.meta.dirname, 'summary-reporter.ts')}`];
    const options = ['run', '--project', name, '--passWithNoTests', ...reporters, ...process.argv.slice(2)];
    const code = await runInForeground(['env', `SUMMARY_FILE=${file}`, vitest, ...options]);
    return { failed: code !== 0, lines: describe(name, code, readSummary(file)) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Undefined if vitest ended before it could report. */
function readSummary(file: string): Summary | undefined {
  return existsSync(file) ? Summary.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

function describe(name: string, code: number, summary: Summary | undefined): readonly string[] {
  if (summary === undefined) return [`${name}: ended with ${code} and without a summary`];
  const { passed, failed, skipped, passedLater } = summary;
  if (code === 0 && passed + skipped.length === 0) return [`${name}: has no such test`];
  return [
    `${name}: ${code === 0 ? 'passed' : `FAILED, ${failed.length} and what could not run after them`}; ${passed} tests passed`,
    ...skipped.map((title) => `${name}: skipped ${title}`),
    ...passedLater.map((one) => `${name}: passed when tried again: ${toText(one)}`),
    ...failed.map((one) => `${name}: FAILED ${toText(one)}`),
  ];
}

function toText({ name, message }: { readonly name: string; readonly message: string }): string {
  return `${name}\n${message.replaceAll(/^/gm, '    ')}`;
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
