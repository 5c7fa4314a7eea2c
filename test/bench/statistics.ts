import type { Result } from './results.ts';
import type { Link, TimedWork } from './work.ts';

/** All runs of one tool in one place, as medians of those that did what they should. */
export interface Summary {
  readonly tool: string;
  readonly work: TimedWork;
  readonly link: Link;
  readonly hosts: number;
  readonly runs: number;
  /** What went wrong in runs that count for nothing. */
  readonly problems: readonly string[];
  readonly wallMin: number;
  readonly wallMax: number;
  readonly wall: number;
  readonly controllerCpu: number;
  readonly hostsCpu: number;
  readonly peakMemoryMb: number;
  readonly bytes: number;
  readonly hostProcesses: number;
  readonly roundTrips: number | undefined;
  readonly otherCores: number;
}

/** Of an even count the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** A summary for each tool, work item, link and number of hosts. Tools none of whose runs counts are left in. */
export function summarise(results: readonly Result[]): readonly Summary[] {
  const groups = new Map<string, [Result, ...Result[]]>();
  for (const result of results) {
    const { tool, work, link, hosts } = result;
    const key = [tool, work, link, hosts].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  return [...groups.values()].map(summary);
}

function summary(group: readonly [Result, ...Result[]]): Summary {
  const [{ tool, work, link, hosts }] = group;
  const good = group.filter(({ problem }) => problem === undefined);
  const of = (pick: (result: Result) => number | undefined): number =>
    median(good.map(pick).filter((value) => value !== undefined));
  const walls = good.map(({ wall }) => wall);
  const roundTrips = of((result) => result.roundTrips);
  return {
    tool,
    work,
    link,
    hosts,
    runs: good.length,
    problems: group.flatMap(({ problem }) => problem ?? []),
    wallMin: Math.min(...walls),
    wallMax: Math.max(...walls),
    wall: median(walls),
    controllerCpu: of((result) => result.controllerCpu),
    hostsCpu: of((result) => result.hostsCpu),
    peakMemoryMb: of((result) => result.peakMemoryMb),
    bytes: of((result) => result.bytes),
    hostProcesses: of((result) => result.hostProcesses),
    roundTrips: Number.isNaN(roundTrips) ? undefined : roundTrips,
    otherCores: of((result) => result.otherCores),
  };
}

/** The summary of one tool in one place, if any of its runs counts. */
export function find(
  summaries: readonly Summary[],
  wanted: Pick<Summary, 'tool' | 'work' | 'link' | 'hosts'>,
): Summary | undefined {
  return summaries.find(
    ({ tool, work, link, hosts, runs }) =>
      runs > 0 && tool === wanted.tool && work === wanted.work && link === wanted.link && hosts === wanted.hosts,
  );
}
