import { historyOf, type HostHistory, inFlight, standing } from '../journal/history.ts';
import { type OpenedRun, openRun, pruneRuns } from '../journal/run-store.ts';
import { JsonReporter } from '../report/json-reporter.ts';
import { JunitReporter } from '../report/junit-reporter.ts';
import { PlainReporter } from '../report/plain-reporter.ts';
import type { Reporter } from '../report/reporter.ts';
import type { Style } from '../report/style.ts';
import { count } from '../report/words.ts';
import { sanitise } from '../base/text.ts';
import { type Cli, printLine, styleOf } from './cli.ts';
import type { ReplayOptions } from './options.ts';
import { isAlive } from './run-alive.ts';

/** The run's events through the same reporters as when it happened; then what is left to do about it. */
export async function showRecordedRun(cli: Cli, id: string, options: ReplayOptions): Promise<void> {
  const run = openRun(cli.io.cwd, id);
  if (options.output === 'html') {
    const { pageOf } = await import('./report-run.ts');
    cli.io.stdout.write(pageOf(run));
    return;
  }
  const reporter = reporterFor(cli, options);
  for (const event of run.events) reporter.onEvent(event);
  await reporter.close?.();
  if (options.output === 'plain') for (const line of leftovers(run, styleOf(cli))) printLine(cli, line);
}

export function pruneRecordedRuns(cli: Cli, keep: number): void {
  const gone = pruneRuns(cli.io.cwd, keep);
  printLine(cli, `${count(gone.length, 'run')} removed`);
}

function reporterFor(cli: Cli, { output, verbose, diff = false }: ReplayOptions): Reporter {
  const write = (line: string): void => printLine(cli, line);
  if (output === 'json') return new JsonReporter(write);
  if (output === 'junit') return new JunitReporter(write);
  return new PlainReporter(write, { style: styleOf(cli), verbosity: verbose, diff });
}

function leftovers(run: OpenedRun, style: Style): string[] {
  const { hosts, exitCode } = historyOf(run.events);
  const broken = [...hosts.values()].filter((host) => exitCode === undefined || host.status === 'rollback-failed');
  const open = broken.flatMap((host) => hostLeftovers(host, style));
  const damaged = run.damaged > 0 ? [style.bad(`${count(run.damaged, 'line')} of the journal cannot be read`)] : [];
  if (exitCode !== undefined || isAlive(run)) return [...damaged, ...open];
  const { id } = run.record;
  return [
    ...damaged,
    style.bad(`run ${id} was stopped in the middle`),
    ...open,
    `go on with: k3sbox resume ${id}`,
    `take it back with: k3sbox rollback ${id}`,
  ];
}

function hostLeftovers(host: HostHistory, style: Style): string[] {
  const flying = new Set(inFlight(host));
  return standing(host).map((step) => {
    const word = flying.has(step) ? 'perhaps done' : 'still stands';
    const fate = step.reversible ? '' : style.bad('  (not reversible)');
    return sanitise(`${host.host}  ${style.changed(word)}  ${step.say}  (${step.task})`) + fate;
  });
}
