import type { Connection } from '../base/connection.ts';
import { UsageError } from '../base/errors.ts';
import { Redactor } from '../base/redactor.ts';
import { continueRun, type OpenedRun, openRun } from '../journal/run-store.ts';
import { makeStyle } from '../report/style.ts';
import { actedPlaces, onlyTasks } from '../run/recorded-steps.ts';
import { rollBackRun } from '../run/roll-back-run.ts';
import { type Cli, printLine } from './cli.ts';
import { type ConnectionFlags, readConnectionFlags, withFlags } from './connection-flags.ts';
import { makeEmitter } from './emitter.ts';
import { connectFrom, type Fleet, lockOwner, openFleet } from './fleet.ts';
import { hideConnection } from './known-secrets.ts';
import type { ConnectionOptions, InventoryOptions, OutputOptions } from './options.ts';
import { renderError } from './print-error.ts';
import { runReporters } from './reporters.ts';
import { readGates } from './rollback-gates.ts';
import { leadRun, requireEnded } from './run-alive.ts';
import { watchSignals } from './stopping.ts';

export interface RollbackOptions extends InventoryOptions, ConnectionOptions, OutputOptions {
  readonly limit?: string;
  readonly force?: boolean;
  /** Only look. */
  readonly check?: boolean;
  /** Names or ids of tasks: only what they did. */
  readonly task?: readonly string[];
}

/** Takes a recorded run back. Its journal goes on: what is taken back belongs to the run. */
export async function rollBack(cli: Cli, id: string, options: RollbackOptions): Promise<number> {
  const { io } = cli;
  cli.verbosity = options.verbose;
  const run = openRun(io.cwd, id, 'run');
  cli.runFolder = run.folder;
  requireEnded(run);
  const { check = false, task: tasks } = options;
  const all = actedPlaces(run.events);
  if (all.length === 0) {
    printLine(cli, `run ${run.record.id} changed nothing: there is nothing to take back`);
    return 0;
  }
  const places = tasks === undefined ? all : onlyTasks(all, tasks);
  const flags = await readConnectionFlags(io, options);
  const fleet = await fleetOf(cli, run, options, flags);
  const hosts = limited(run, fleet, options.limit);
  const redactor = fleet?.redactor ?? new Redactor();
  const chosen = places.filter(({ origin }) => hosts?.has(origin) ?? true);
  const gates = await readGates(cli, { run, places: chosen, options, redactor });
  const reporters = runReporters(cli, options);
  // Looking leaves nothing behind.
  const backend = check ? undefined : leadRun(run, io, (me) => continueRun(run, me));
  const { emit } = makeEmitter({
    redactor,
    journal: backend?.journal,
    reporters: reporters.all,
    onBroken: (error) =>
      io.stderr.write(`${renderError(error, { style: makeStyle(false), verbosity: options.verbose })}\n`),
  });
  const stopping = watchSignals(emit, () => {
    reporters.restore();
    io.stderr.write(`let go of the rollback; go on with: k3sbox rollback ${run.record.id}\n`);
  });
  try {
    const { exitCode } = await rollBackRun({
      run: run.record.id,
      events: run.events,
      places,
      tasks,
      check,
      hosts,
      force: options.force ?? false,
      gates,
      forks: options.forks,
      connectionOf: (host) => connectionOf(host, { run, fleet, flags, redactor, cwd: io.cwd }),
      connect: connectFrom(io),
      owner: lockOwner(run.record.id, io.pid, new Date().toISOString()),
      emit,
      signal: stopping.signal,
    });
    return exitCode;
  } finally {
    stopping.dispose();
    await reporters.close();
    await backend?.close();
  }
}

/** The inventory that is given; else that of the run, as long as it is still there. */
async function fleetOf(
  { io }: Cli,
  { record }: OpenedRun,
  options: RollbackOptions,
  flags: ConnectionFlags,
): Promise<Fleet | undefined> {
  if (options.inventory !== undefined) return openFleet(io, options, flags);
  try {
    const extraVars = Object.entries(record.extraVars)
      .filter(([, value]) => value !== '***')
      .map(([name, value]) => JSON.stringify({ [name]: value }));
    return await openFleet(
      { ...io, cwd: record.cwd },
      { inventory: record.inventories, extraVars: [...extraVars, ...(options.extraVars ?? [])] },
      flags,
    );
  } catch (error) {
    io.stderr.write(
      `warning: the inventory of the run cannot be read (${error instanceof Error ? error.message : String(error)}); hosts are reached as they were then\n`,
    );
    return undefined;
  }
}

function limited(
  { record }: OpenedRun,
  fleet: Fleet | undefined,
  limit: string | undefined,
): ReadonlySet<string> | undefined {
  if (limit === undefined) return undefined;
  const asked = fleet === undefined ? limit.split(',') : fleet.hosts(limit);
  const hosts = new Set(asked.filter((host) => record.hosts.includes(host)));
  if (hosts.size > 0) return hosts;
  throw new UsageError(`--limit ${limit} leaves no host of run ${record.id}`, {
    hint: `It ran on ${record.hosts.join(', ')}.`,
  });
}

interface Known {
  readonly run: OpenedRun;
  readonly fleet: Fleet | undefined;
  readonly flags: ConnectionFlags;
  readonly redactor: Redactor;
  readonly cwd: string;
}

/** As the host was reached then; passwords, which are not recorded, come from the inventory and the command line. */
function connectionOf(host: string, { run: { record }, fleet, flags, redactor, cwd }: Known): Connection {
  const recorded = record.connections[host];
  const now =
    fleet?.inventory.hosts.has(host) === true || recorded === undefined ? fleet?.connectionOf(host) : undefined;
  if (recorded === undefined) {
    if (now !== undefined) return now;
    throw new UsageError(`nobody knows how to reach ${host}`, { hint: 'Give an inventory that has it with `-i`.' });
  }
  const { password, privateKeyPassphrase } = now ?? {};
  const { password: becomePassword } = now?.become ?? {};
  const connection = withFlags(
    {
      ...recorded,
      ...(password && { password }),
      ...(privateKeyPassphrase && { privateKeyPassphrase }),
      become: { ...recorded.become, ...(becomePassword && { password: becomePassword }) },
    },
    flags,
    cwd,
  );
  hideConnection(redactor, connection);
  return connection;
}
