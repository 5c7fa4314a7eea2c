import { goals, verdict } from './goals.ts';
import type { Result } from './results.ts';
import type { Summary } from './statistics.ts';

/** One run, for whoever watches. */
export function resultLine(result: Result): string {
  const { tool, work, link, hosts, wall, controllerCpu, hostsCpu, peakMemoryMb, roundTrips, problem } = result;
  const parts = [
    `${wall.toFixed(2)} s`,
    `CPU ${controllerCpu.toFixed(2)} s + ${hostsCpu.toFixed(2)} s on hosts`,
    `${peakMemoryMb.toFixed(0)} MB`,
    `${(result.bytes / 1024 / hosts).toFixed(0)} KiB and ${result.hostProcesses} processes a host`,
    ...(roundTrips === undefined ? [] : [`${roundTrips} round trips`]),
    `${result.otherCores.toFixed(1)} cores for others`,
  ];
  const bad = problem === undefined ? '' : `  WRONG: ${problem}`;
  return `${tool.padEnd(16)}${work.padEnd(10)}${link.padEnd(9)}${String(hosts).padStart(4)}  ${parts.join(', ')}${bad}`;
}

/** The goals that something was measured for. */
export function goalLines(summaries: readonly Summary[]): readonly string[] {
  return goals.flatMap((goal) => {
    const figure = goal.figure(summaries);
    if (figure === undefined) return [];
    const asked = 'atMost' in goal.bound ? `at most ${goal.bound.atMost}` : `at least ${goal.bound.atLeast}`;
    return [`${verdict(goal, figure).padEnd(7)} ${figure.toFixed(2)} ${goal.unit} (${asked}): ${goal.what}`];
  });
}
