import { InterruptedError, type K3sboxError } from '../base/errors.ts';
import { isList, type Value } from '../base/value.ts';
import type { Host, RunAs } from '../host/host.ts';
import { judgeFleet, judgeNode, readNode, type NodeFacts } from '../modules/doctor/doctor.ts';
import { failure, type Finding } from '../modules/doctor/finding.ts';
import { type AdHocResult, onEachHost } from '../run/ad-hoc.ts';
import { lookAt } from '../run/look.ts';
import type { Cli } from './cli.ts';
import { readConnectionFlags } from './connection-flags.ts';
import { exitCodeOf, printHealth, type Examined } from './doctor-report.ts';
import { connectFrom, type Fleet, openFleet } from './fleet.ts';
import type { AdHocOptions } from './ad-hoc-runs.ts';

export type DoctorOptions = AdHocOptions;

interface Look {
  readonly facts: NodeFacts;
  /** How far the host's clock is ahead of ours. */
  readonly skewMs: number;
}

/** Looks at hosts and their cluster, and prints what was found. Returns the exit code: 0 healthy, 1 warnings, 2 failures. */
export async function examine(cli: Cli, pattern: string, options: DoctorOptions): Promise<number> {
  // What is asked for is root's to see, as it is root's to change.
  const flags = { ...(await readConnectionFlags(cli.io, options)), become: true };
  const fleet = await openFleet(cli.io, options, flags);
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort(new InterruptedError('interrupted'));
  process.once('SIGINT', onInterrupt);
  try {
    const results = await onEachHost(
      {
        connections: fleet.hosts(pattern).map((name) => fleet.connectionOf(name)),
        connect: connectFrom(cli.io),
        forks: options.forks,
        signal: stop.signal,
      },
      (host, as) => look(fleet, host, as),
      () => {},
    );
    if (stop.signal.aborted) return 130;
    if (results.some((result) => 'error' in result && result.error.code === 'internal')) return 70;
    const examined = judge(results);
    printHealth(cli, examined, fleet.redactor, options.output === 'json');
    return exitCodeOf(examined);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

async function look(fleet: Fleet, host: Host, as: RunAs): Promise<Look> {
  const scope = fleet.scopeOf(host.name);
  const wanted = {
    kernelModules: kernelModules(scope.get('sysbox_kernel_modules')),
    adopt: scope.get('sysbox_adopt_runtime') === true,
    podUserns: scope.get('sysbox_pod_userns') === 'annotation' ? ('annotation' as const) : ('hostUsers' as const),
  };
  const begun = Date.now();
  const facts = await lookAt(host, as, (reader) => readNode(reader, wanted));
  const theirs = Number(facts.leftovers('now')) * 1000;
  // Seconds are whole there, and the question was under way for a while.
  const skewMs = Math.max(0, theirs - Date.now()) + Math.min(0, theirs + 1000 - begun);
  return { facts, skewMs };
}

/** The role's defaults, where the inventory says nothing else. */
function kernelModules(value: Value | undefined): readonly string[] {
  return isList(value) ? value.filter((each) => typeof each === 'string') : ['configfs', 'fuse'];
}

function judge(results: readonly AdHocResult<Look>[]): Examined {
  const facts = results.flatMap((result) => ('value' in result ? [result.value.facts] : []));
  const hosts = results.map(
    (result) =>
      [
        result.host,
        'value' in result ? judgeNode(result.value.facts, result.value.skewMs) : [unreachable(result.error)],
      ] as const,
  );
  return { hosts: new Map(hosts), cluster: judgeFleet(facts) };
}

function unreachable({ message, hint }: K3sboxError): Finding {
  return failure('reach', `it cannot be looked at: ${message}`, hint);
}
