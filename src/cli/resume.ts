import { UsageError } from '../base/errors.ts';
import type { Values } from '../base/value.ts';
import { historyOf } from '../journal/history.ts';
import { type OpenedRun, openRun } from '../journal/run-store.ts';
import { type Cli, printLine } from './cli.ts';
import { control } from './control.ts';
import { readExtraVars } from './extra-vars.ts';
import { failedHosts } from './failed-hosts.ts';
import { openFleet } from './fleet.ts';
import { type ConnectionOptions, defaultForks, type InventoryOptions, type OutputOptions } from './options.ts';
import { runPlaybooks } from './playbook-run.ts';
import { keptPlan } from './plan-file.ts';
import { optionsOf } from './recorded-options.ts';
import { runReporters } from './reporters.ts';
import { isAlive, requireEnded } from './run-alive.ts';

export interface ResumeOptions extends InventoryOptions, Omit<ConnectionOptions, 'forks'>, OutputOptions {
  /** As in the run unless given again. */
  readonly forks?: number;
  readonly limit?: string;
  /** Commands that were cut off in the middle are run again. */
  readonly rerun?: boolean;
  /** False with `--no-rollback`. */
  readonly rollback?: boolean;
}

/** Goes on with a recorded run, with the playbooks as they are today. Its journal goes on, too. */
export async function resume(cli: Cli, id: string, options: ResumeOptions): Promise<number> {
  const run = openRun(cli.io.cwd, id);
  cli.runFolder = run.folder;
  if (isAlive(run)) return letGoOn(cli, run);
  const { record, events } = run;
  const history = historyOf(events);
  if (history.exitCode === 0 && history.stillLocked.length === 0) {
    printLine(cli, `run ${record.id} has come to its end: there is nothing to go on with`);
    return 0;
  }
  const recorded = optionsOf(record);
  const extraVars = extraVarsOf(run, options, cli.io.cwd);
  const inventory = options.inventory ?? record.inventories;
  return runPlaybooks(cli, {
    mode: 'run',
    playbooks: record.playbooks,
    // What the run was limited to stays; `--limit` of this command chooses among those hosts.
    options: {
      ...recorded,
      ...withoutLimit(options),
      forks: options.forks ?? recorded.forks ?? defaultForks,
      rollback: options.rollback !== false && recorded.rollback !== false,
      inventory,
      extraVars,
    },
    reporters: runReporters(cli, options),
    engine: keptPlan(run.folder),
    resume: {
      run,
      rerun: options.rerun ?? false,
      hosts: await limited(cli, run, { ...options, inventory, extraVars }),
    },
  });
}

function withoutLimit({ limit: _limit, ...options }: ResumeOptions): Omit<ResumeOptions, 'limit'> {
  return options;
}

/** A run that is paused needs a word, not a second controller. */
function letGoOn(cli: Cli, run: OpenedRun): number {
  const last = run.events.findLast(({ type }) => type === 'rollout');
  if (last?.type !== 'rollout' || last.state !== 'paused') requireEnded(run);
  control(cli, run.record.id, 'resume');
  return 0;
}

/** As they were given then, without the secrets, and as they are given now. @throws UsageError naming secrets that miss */
function extraVarsOf({ record: { extraVars } }: OpenedRun, options: ResumeOptions, cwd: string): readonly string[] {
  const now: Values = readExtraVars(options.extraVars ?? [], cwd);
  const missing = Object.entries(extraVars).filter(([name, value]) => value === '***' && now[name] === undefined);
  if (missing.length > 0) {
    const names = missing.map(([name]) => name);
    throw new UsageError(
      `the run was given ${names.join(', ')}, which ${names.length === 1 ? 'is' : 'are'} not stored`,
      {
        hint: `Give ${names.length === 1 ? 'it' : 'them'} again: ${names.map((name) => `-e ${name}=...`).join(' ')}`,
      },
    );
  }
  const then = Object.entries(extraVars).filter(([, value]) => value !== '***');
  return [...then.map(([name, value]) => JSON.stringify({ [name]: value })), ...(options.extraVars ?? [])];
}

async function limited(
  { io }: Cli,
  { record, events }: OpenedRun,
  options: ResumeOptions,
): Promise<ReadonlySet<string> | undefined> {
  const { limit } = options;
  if (limit === undefined) return undefined;
  const asked =
    limit === 'failed'
      ? failedHosts([...historyOf(events).hosts.values()])
      : (await openFleet(io, options)).hosts(limit);
  const hosts = new Set(asked.filter((host) => record.hosts.includes(host)));
  if (hosts.size > 0) return hosts;
  throw new UsageError(`--limit ${limit} leaves no host of run ${record.id}`, {
    hint: `It ran on ${record.hosts.join(', ')}.`,
  });
}
