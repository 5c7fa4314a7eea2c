import type { Result, SlowHost, SlowTask } from './run-report.ts';

/** So many are worth knowing. */
const most = 15;

/** The tasks that took longest on any host: that is what a run waits for. */
export function slowTasksOf(results: readonly Result[]): readonly SlowTask[] {
  const tasks = new Map<number, { slowestMs: number; slowestHost: number; totalMs: number; hosts: number }>();
  for (const [host, task, , , , elapsedMs] of results) {
    const timing = tasks.get(task) ?? { slowestMs: -1, slowestHost: host, totalMs: 0, hosts: 0 };
    tasks.set(task, timing);
    timing.totalMs += elapsedMs;
    timing.hosts++;
    if (elapsedMs > timing.slowestMs) Object.assign(timing, { slowestMs: elapsedMs, slowestHost: host });
  }
  return Array.from(tasks, ([task, { totalMs, ...rest }]) => ({
    task,
    meanMs: Math.round(totalMs / rest.hosts),
    ...rest,
  }))
    .filter(({ slowestMs }) => slowestMs > 0)
    .toSorted((a, b) => b.slowestMs - a.slowestMs)
    .slice(0, most);
}

/** The hosts that were at work longest. */
export function slowHostsOf(results: readonly Result[]): readonly SlowHost[] {
  const hosts = new Map<number, { totalMs: number; slowestTask: number; slowestMs: number }>();
  for (const [host, task, , , , elapsedMs] of results) {
    const timing = hosts.get(host) ?? { totalMs: 0, slowestTask: task, slowestMs: -1 };
    hosts.set(host, timing);
    timing.totalMs += elapsedMs;
    if (elapsedMs > timing.slowestMs) Object.assign(timing, { slowestMs: elapsedMs, slowestTask: task });
  }
  return Array.from(hosts, ([host, timing]) => ({ host, ...timing }))
    .filter(({ totalMs }) => totalMs > 0)
    .toSorted((a, b) => b.totalMs - a.totalMs)
    .slice(0, most);
}
