import { statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { UsageError } from '../base/errors.ts';
import { historyOf } from '../journal/history.ts';
import { describeIoError } from '../journal/io-error.ts';
import { type OpenedRun, openRun } from '../journal/run-store.ts';
import { safeJson } from '../report/json-reporter.ts';
import { JunitReporter } from '../report/junit-reporter.ts';
import { buildRunReport } from '../report/html/build-run-report.ts';
import { readPageAssets } from '../report/html/page-assets.ts';
import { renderPage } from '../report/html/render-page.ts';
import type { RunFacts, RunReport } from '../report/html/run-report.ts';
import { summariseRun } from '../report/html/summarise-run.ts';
import { type Cli, printLine } from './cli.ts';
import { isAlive } from './run-alive.ts';

/**
 * Writes the page of a run, and beside it what programs read: `.json` and `.junit.xml`. `-` prints the page alone.
 *
 * @throws UsageError when there is no such run, or a file cannot be written
 */
export async function reportRun(cli: Cli, id: string, output: string | undefined): Promise<void> {
  const run = openRun(cli.io.cwd, id);
  if (output === '-') {
    cli.io.stdout.write(pageOf(run));
    return;
  }
  const report = reportOf(run);
  const page = output === undefined ? join(run.folder, `report-${run.record.id}.html`) : resolve(cli.io.cwd, output);
  const stem = page.replace(/\.html?$/i, '');
  // In the folder of the run nobody else can look; elsewhere it is for whom the user wants.
  const mode = output === undefined ? 0o600 : 0o666;
  const files: readonly (readonly [file: string, text: string])[] = [
    [page, renderPage(report, readPageAssets())],
    [`${stem}.json`, `${safeJson(summariseRun(report), 2)}\n`],
    [`${stem}.junit.xml`, await junitOf(run)],
  ];
  for (const [file, text] of files) writeReport(file, text, mode);
  printLine(cli, page);
  printLine(
    cli,
    `beside it: ${files
      .slice(1)
      .map(([file]) => basename(file))
      .join(', ')}`,
  );
}

/** The page of a run, as one text. */
export function pageOf(run: OpenedRun): string {
  return renderPage(reportOf(run), readPageAssets());
}

function reportOf(run: OpenedRun): RunReport {
  const { events } = run;
  return buildRunReport({ facts: factsOf(run), events, outcomes: [...historyOf(events).hosts.values()] });
}

function factsOf(run: OpenedRun): RunFacts {
  const { id, mode, version, playbooks, inventories, options, extraVars, cwd, started, controller } = run.record;
  const user = ownerOf(run.folder);
  return {
    run: id,
    mode,
    version,
    playbooks,
    inventories,
    options,
    extraVars,
    cwd,
    started,
    controller,
    ...(user !== undefined && { user }),
    isAlive: isAlive(run),
    damaged: run.damaged,
    isCutShort: run.isCutShort,
  };
}

/** Whoever started a run owns its folder. Others than ourselves have no name that could be found without asking the system. */
function ownerOf(folder: string): string | undefined {
  const { uid } = statSync(folder);
  const self = userInfo();
  return uid === self.uid ? self.username : `uid ${uid}`;
}

async function junitOf({ events }: OpenedRun): Promise<string> {
  const lines: string[] = [];
  const reporter = new JunitReporter((line) => lines.push(line));
  for (const event of events) reporter.onEvent(event);
  await reporter.close();
  return `${lines.join('\n')}\n`;
}

function writeReport(file: string, text: string, mode: number): void {
  try {
    writeFileSync(file, text, { mode });
  } catch (error) {
    throw new UsageError(`the report ${file} cannot be written: ${describeIoError(error)}`, {
      hint: 'Name a file in a folder you may write to with `-o FILE.html`.',
      cause: error,
    });
  }
}
