import { hostname } from 'node:os';

import { renderDiagnostic } from '../base/diagnostic.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { UsageError } from '../base/errors.ts';
import type { RunEvent } from '../base/event.ts';
import { Redactor } from '../base/redactor.ts';
import { sanitise } from '../base/text.ts';
import type { Values } from '../base/value.ts';
import { newRunId } from '../journal/run-id.ts';
import { continueRun, type CreatedRun, createRun, type OpenedRun, type StoredRun } from '../journal/run-store.ts';
import { type LoadedRun, loadRun } from '../plan/load.ts';
import { makeStyle } from '../report/style.ts';
import { EarlierRun } from '../run/earlier-run.ts';
import type { FleetBackend } from '../run/fleet/backend.ts';
import { LocalBackend } from '../run/fleet/local-backend.ts';
import { type RunnablePlay, runPlaybook, type RunRequest } from '../run/run.ts';
import type { Cli } from './cli.ts';
import { readConnectionFlags } from './connection-flags.ts';
import { makeEmitter } from './emitter.ts';
import { readExtraVars } from './extra-vars.ts';
import { connectFrom, lockOwner } from './fleet.ts';
import { hideValues, withoutSecrets } from './known-secrets.ts';
import { limitOf } from './failed-hosts.ts';
import type { ConnectionOptions, InventoryOptions, OutputOptions, SelectionOptions } from './options.ts';
import { keepPlan } from './plan-file.ts';
import { readSource, renderError } from './print-error.ts';
import { confirm } from './prompt.ts';
import { optionsToRecord } from './recorded-options.ts';
import type { Reporters } from './reporters.ts';
import { leadRun } from './run-alive.ts';
import { readRunConnections, type RunConnections } from './run-connections.ts';
import { watchSignals } from './stopping.ts';
import { readVersion } from './version.ts';

export interface RunOptions extends InventoryOptions, ConnectionOptions, SelectionOptions, OutputOptions {
  readonly step?: boolean;
  readonly yes?: boolean;
  /** False with `--no-rollback`. */
  readonly rollback?: boolean;
}

export interface PlaybookRun {
  readonly mode: 'run' | 'check' | 'plan';
  readonly playbooks: readonly string[];
  readonly options: RunOptions;
  readonly reporters: Reporters;
  /** A recorded run to go on with, and the hosts to do so on, when not all. */
  readonly resume?: {
    readonly run: OpenedRun;
    readonly hosts: ReadonlySet<string> | undefined;
    readonly rerun: boolean;
  };
  /** Hears of every event, beside the reporters. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Instead of the names of the playbooks. */
  readonly title?: string;
  /** Extra variables that are known already, instead of those in the options. */
  readonly extraVars?: Values;
  /** The same was read before in this process: what it warned of is known. */
  readonly again?: true;
  /** Everything is read, and no host is reached yet. What it throws is the end. */
  readonly onLoaded?: (loaded: LoadedRun, connections: RunConnections, redactor: Redactor) => void;
  /** What the engine is told beside what follows from all this. */
  readonly engine?: Pick<RunRequest, 'approved' | 'refused' | 'onPlanned' | 'offline' | 'seed'>;
  /** The text of the plan that is applied: it is kept in the folder of the run. */
  readonly planText?: string;
}

/** Loads playbooks, records the run, carries it out and shows it. Returns the exit code. @throws ConfigError, UsageError */
export async function runPlaybooks(cli: Cli, request: PlaybookRun): Promise<number> {
  const { io } = cli;
  const { mode, playbooks, options } = request;
  if (options.step === true && options.yes !== true && !io.canAsk) {
    throw new UsageError('--step asks before each task, and this is not a terminal', {
      hint: 'Leave it out, or add --yes.',
    });
  }
  cli.verbosity = options.verbose;
  if (options.inventory === undefined) {
    io.stderr.write('warning: no inventory was given with -i: there is only localhost\n');
  }
  const extraVars = request.extraVars ?? readExtraVars(options.extraVars ?? [], io.cwd);
  const loaded = await load(cli, request, extraVars);
  const redactor = new Redactor();
  hideValues(redactor, extraVars);
  const connections = readRunConnections(loaded, await readConnectionFlags(io, options), redactor, io.cwd);
  const warnings = request.again === true ? [] : [...loaded.warnings, ...connections.warnings];
  for (const warning of warnings) printWarning(cli, warning);
  request.onLoaded?.(loaded, connections, redactor);
  const { stored, backend } = fleetOf(cli, request, extraVars, connections);
  cli.runFolder = stored?.folder;
  if (stored !== undefined && request.planText !== undefined) keepPlan(stored.folder, request.planText);
  const { emit, journaled } = makeEmitter({
    redactor,
    journal: backend.journal,
    reporters: [...request.reporters.all, ...(request.onEvent ? [{ onEvent: request.onEvent }] : [])],
    onBroken: (error) =>
      io.stderr.write(`${renderError(error, { style: makeStyle(false), verbosity: options.verbose })}\n`),
  });
  const run = stored?.record.id ?? newRunId(new Date());
  const stopping = watchSignals(emit, () => {
    request.reporters.restore();
    io.stderr.write(
      stored === undefined
        ? 'let go\n'
        : `let go of run ${run}; go on with: k3sbox resume ${run}; take it back with: k3sbox rollback ${run}\n`,
    );
  });
  try {
    const { exitCode } = await runPlaybook({
      run,
      mode,
      title: request.title ?? playbooks.join(' '),
      plays: onlyOn(loaded.plays, request.resume?.hosts),
      connectionOf: (host, play) => connections.of(host, play),
      backend,
      filesFor: ({ folders }) => loaded.files.within(folders),
      connect: connectFrom(io),
      owner: lockOwner(run, io.pid, new Date().toISOString()),
      forks: options.forks,
      rollback: options.rollback ?? true,
      emit,
      journaled,
      redact: (text) => redactor.text(text),
      signal: stopping.signal,
      detach: AbortSignal.any([stopping.detach, backend.lost]),
      ...request.engine,
      earlier: request.resume && new EarlierRun(request.resume.run.events, request.resume.rerun),
      confirm: options.step === true && options.yes !== true ? (question) => confirm(io, question) : undefined,
    });
    return exitCode;
  } finally {
    stopping.dispose();
    await request.reporters.close();
    await backend.close();
  }
}

async function load({ io }: Cli, { mode, playbooks, options }: PlaybookRun, extraVars: Values): Promise<LoadedRun> {
  const { tags, skipTags, startAt, inventory = [], diff = false, verbose } = options;
  const limit = limitOf(options.limit, io.cwd);
  return loadRun({
    playbookFiles: playbooks,
    inventorySources: inventory,
    extraVars,
    ...(limit !== undefined && { limit }),
    ...(tags && { tags }),
    ...(skipTags && { skipTags }),
    ...(startAt !== undefined && { startAt }),
    cwd: io.cwd,
    environment: (name) => io.env[name],
    checkMode: mode !== 'run',
    diffMode: diff,
    verbosity: verbose,
  });
}

/** Who works on the hosts, and the run that it is recorded as: none for what changes nothing. */
function fleetOf(
  { io }: Cli,
  request: PlaybookRun,
  extraVars: Values,
  connections: RunConnections,
): { readonly stored: StoredRun | undefined; readonly backend: FleetBackend } {
  const earlier = request.resume?.run;
  if (earlier !== undefined) {
    return { stored: earlier, backend: leadRun(earlier, io, (me) => continueRun(earlier, me)) };
  }
  if (request.mode !== 'run') return { stored: undefined, backend: LocalBackend.unrecorded() };
  const created = record(io, request, extraVars, connections);
  return { stored: created, backend: leadRun(created, io, () => created.journal) };
}

function onlyOn(plays: readonly RunnablePlay[], hosts: ReadonlySet<string> | undefined): readonly RunnablePlay[] {
  if (hosts === undefined) return plays;
  return plays.map((one) => ({ ...one, waves: one.waves.map((wave) => wave.filter((host) => hosts.has(host))) }));
}

function record(
  io: Cli['io'],
  { mode, playbooks, options }: PlaybookRun,
  extraVars: Values,
  connections: RunConnections,
): CreatedRun {
  const recorded = connections.recorded();
  return createRun({
    version: readVersion(),
    mode,
    playbooks,
    inventories: options.inventory ?? [],
    options: optionsToRecord(options),
    extraVars: withoutSecrets(extraVars),
    hosts: Object.keys(recorded),
    connections: recorded,
    cwd: io.cwd,
    controller: { pid: io.pid, hostname: hostname() },
  });
}

/** On standard error: standard output may be read by a program. */
export function printWarning({ io }: Cli, warning: Diagnostic): void {
  io.stderr.write(`${sanitise(renderDiagnostic(warning, readSource))}\n`);
}
