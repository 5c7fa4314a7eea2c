import { isDeepStrictEqual } from 'node:util';

import { StaleError, UsageError, type K3sboxError } from '../base/errors.ts';
import type { Values } from '../base/value.ts';
import type { LoadedRun } from '../plan/load.ts';
import type { SavedPlan } from '../plan/saved-plan.ts';
import { count } from '../report/words.ts';
import { Approved } from '../run/approved.ts';
import { type Cli, printLine } from './cli.ts';
import { readExtraVars } from './extra-vars.ts';
import type { ConnectionOptions, OutputOptions } from './options.ts';
import { readPlanFile } from './plan-file.ts';
import { againHint, inventoryChanges, newSources, sourceChanges } from './plan-changes.ts';
import { PlanRecorder } from './plan-recorder.ts';
import { type RunOptions, runPlaybooks } from './playbook-run.ts';
import { exitCodeOfRefusals, refusalsOf, reportRefusals } from './refusals.ts';
import { progressReporters, runReporters } from './reporters.ts';

export interface ApplyOptions extends ConnectionOptions, OutputOptions {
  readonly extraVars?: readonly string[];
  /** Hosts that are not as planned are left out; the others go on. */
  readonly skipDrifted?: boolean;
  /** Only says whether the plan still holds. */
  readonly check?: boolean;
  readonly rollback?: boolean;
}

/** What all parts of an apply need. */
interface Applying {
  readonly cli: Cli;
  readonly file: string;
  readonly plan: SavedPlan;
  /** Of the file. */
  readonly text: string;
  readonly options: RunOptions;
  readonly extraVars: Values;
}

/** Carries a saved plan out, on the hosts that are still as they were planned on. Returns the exit code. */
export async function applyPlan(cli: Cli, file: string, given: ApplyOptions): Promise<number> {
  cli.verbosity = given.verbose;
  const { plan, text } = readPlanFile(cli.io.cwd, file);
  requireFresh(file, plan, await sourceChanges(plan, cli.io.cwd));
  const extraVars = extraVarsOf(plan, readExtraVars(given.extraVars ?? [], cli.io.cwd));
  const applying: Applying = { cli, file, plan, text, options: optionsOf(plan, given), extraVars };
  if (given.output !== 'json' && given.output !== 'junit') printLine(cli, summaryOf(file, plan));
  let found = await look(applying);
  if (found.exitCode === 130) return 130;
  if (found.refused.size > 0 && given.skipDrifted === true) {
    // Tasks that run once are done by another host when theirs takes no part: only a plan without it shows that.
    found = await look(applying, found.refused);
    if (found.exitCode === 130) return 130;
  }
  const { refused, hosts } = found;
  const canGoOn = hosts.length > refused.size && (refused.size === 0 || given.skipDrifted === true);
  if (!canGoOn) {
    return reportRefusals({ title: titleOf(file, plan), hosts, refused, reporters: runReporters(cli, given) });
  }
  if (given.check === true) {
    for (const [host, error] of refused) cli.io.stderr.write(`${host}: ${error.message}\n`);
    if (given.output !== 'json') printLine(cli, `the plan holds for ${count(hosts.length - refused.size, 'host')}`);
    return exitCodeOfRefusals(refused);
  }
  return carryOut(applying, refused, given);
}

interface Found {
  readonly exitCode: number;
  /** Of the plays. */
  readonly hosts: readonly string[];
  readonly refused: ReadonlyMap<string, K3sboxError>;
}

/** Plans again, and compares: on all hosts but those that are refused already. @throws StaleError, ConfigError */
async function look(applying: Applying, refused: ReadonlyMap<string, K3sboxError> = new Map()): Promise<Found> {
  const { cli, file, plan, options, extraVars } = applying;
  const recorder = new PlanRecorder(plan.salt, cli.io.cwd);
  const exitCode = await runPlaybooks(cli, {
    mode: 'plan',
    playbooks: plan.playbooks,
    options,
    extraVars,
    reporters: progressReporters(cli, options),
    onEvent: recorder.onEvent,
    ...(refused.size > 0 && { again: true as const }),
    onLoaded(loaded, connections, redactor) {
      recorder.onLoaded(loaded, connections, redactor);
      requireSame(applying, loaded, recorder);
    },
    engine: { onPlanned: recorder.onPlanned, refused, seed: plan.salt },
  });
  // Those that tasks have read are known only now.
  requireFresh(file, plan, newSources(plan, recorder.sources));
  const fresh = refusalsOf(plan, recorder.hosts);
  return { exitCode, hosts: Object.keys(recorder.hosts), refused: new Map([...fresh, ...refused]) };
}

function carryOut(applying: Applying, refused: ReadonlyMap<string, K3sboxError>, given: ApplyOptions): Promise<number> {
  const { cli, file, plan, text, options, extraVars } = applying;
  const recorder = new PlanRecorder(plan.salt, cli.io.cwd);
  return runPlaybooks(cli, {
    mode: 'run',
    playbooks: plan.playbooks,
    title: titleOf(file, plan),
    options,
    extraVars,
    again: true,
    reporters: runReporters(cli, given),
    onLoaded(loaded, connections, redactor) {
      recorder.onLoaded(loaded, connections, redactor);
      requireSame(applying, loaded, recorder);
    },
    engine: { approved: new Approved(plan.hosts, plan), refused, seed: plan.salt },
    planText: text,
  });
}

/** The files as they were read just now, and what they make of the inventory. @throws StaleError */
function requireSame({ file, plan }: Applying, { plays }: LoadedRun, recorder: PlanRecorder): void {
  const hosts = new Set(plays.flatMap((play) => play.hosts));
  const reached = Object.entries(recorder.hosts).filter(([name]) => hosts.has(name));
  requireFresh(file, plan, [
    ...newSources(plan, recorder.sources),
    ...inventoryChanges(plan.hosts, Object.fromEntries(reached)),
  ]);
}

function requireFresh(file: string, plan: SavedPlan, changes: readonly string[]): void {
  if (changes.length === 0) return;
  throw new StaleError(`the plan ${file} is no longer right: ${changes.join('; ')}`, {
    hint: `Nothing was touched. Make the plan again: ${againHint(file, plan)}`,
  });
}

/** Those of the plan and the secrets that it does not hold. @throws UsageError */
function extraVarsOf({ extraVars, withheld }: SavedPlan, given: Values): Values {
  const missing = withheld.filter((name) => !Object.hasOwn(given, name));
  if (missing.length > 0) {
    throw new UsageError(`the plan was made with ${missing.join(', ')}, which no plan file holds: they are secrets`, {
      hint: `Give them again: ${missing.map((name) => `-e ${name}=...`).join(' ')}`,
    });
  }
  const others = Object.keys(given).filter(
    (name) => !withheld.includes(name) && !isDeepStrictEqual(given[name], extraVars[name]),
  );
  if (others.length > 0) {
    throw new UsageError(`${others.join(', ')} cannot be given another value: the plan was made without it`, {
      hint: 'Plan again with it.',
    });
  }
  return { ...extraVars, ...given };
}

/** What was chosen when the plan was made; flags about logging in may be other ones by now. */
function optionsOf({ inventories, selection, connection }: SavedPlan, given: ApplyOptions): RunOptions {
  const { extraVars: _extra, skipDrifted: _skip, check: _check, ...own } = given;
  return {
    ...(inventories.length > 0 && { inventory: inventories }),
    ...defined(selection),
    ...defined(connection),
    ...own,
  };
}

type Defined<T> = { readonly [Name in keyof T]: Exclude<T[Name], undefined> };

function defined<T extends object>(members: T): Defined<T> {
  // JSON holds no undefined: a member is there or it is not, which zod's type cannot say.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return members as Defined<T>;
}

function titleOf(file: string, { playbooks }: SavedPlan): string {
  return `${file} (${playbooks.join(' ')})`;
}

function summaryOf(file: string, { made, hosts }: SavedPlan): string {
  const tasks = Object.values(hosts).flatMap((host) => host.tasks);
  const changes = tasks.filter(({ action }) => action === 'change');
  const unknown = tasks.filter(({ action }) => action === 'unknown').length;
  const fixed = changes.flatMap(({ steps }) => steps).filter(({ reversible }) => !reversible).length;
  const parts = [
    `${count(changes.length, 'change')} on ${count(Object.keys(hosts).length, 'host')}`,
    ...(unknown > 0 ? [`${unknown} known after apply`] : []),
    ...(fixed > 0 ? [`${count(fixed, 'step')} cannot be taken back`] : []),
  ];
  return `apply ${file}: ${parts.join(', ')}; made ${new Date(made).toLocaleString('sv-SE')}`;
}
