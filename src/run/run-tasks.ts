import { InterruptedError } from '../base/errors.ts';
import type { Value, Values } from '../base/value.ts';
import type { Task } from '../playbook/playbook.ts';
import { makeEntry } from './entries.ts';
import type { HostContext } from './host-context.ts';
import type { Entry } from './invocation.ts';
import type { Plannable } from './plannable.ts';
import { flagOf } from './keyword-values.ts';
import { planSkipped, planUnknown } from './plan-tasks.ts';
import { runAsOf, userName } from './run-as.ts';
import { Segment, targetOf, type TaskPorts } from './segment.ts';
import { TaskReport } from './task-report.ts';

/**
 * Runs the tasks of one segment on a host: entries, reads, acts, results, registered variables, notifications. `next` are those of the
 * segment behind it.
 */
export async function runTasks(tasks: readonly Task[], next: readonly Task[], ports: TaskPorts): Promise<void> {
  const [first] = tasks;
  if (first === undefined) return;
  const { hostRun } = ports;
  const { wave, host } = hostRun;
  if (first.runOnce) {
    const shared = await wave.sync.once(`${wave.play.id} ${first.id}`, host.name, () => runHere(tasks, [], ports));
    for (const [name, value] of Object.entries(shared)) hostRun.scope.set(name, value);
    return;
  }
  if (first.throttle !== undefined) {
    await wave.throttled(first, () => runHere(tasks, next, ports));
    return;
  }
  await runHere(tasks, next, ports);
}

/** @returns what the tasks registered */
async function runHere(tasks: readonly Task[], next: readonly Task[], ports: TaskPorts): Promise<Values> {
  const { hostRun } = ports;
  const { run } = hostRun.wave;
  const [first] = tasks;
  const onlyChecked =
    first?.checkMode !== undefined && flagOf(first.checkMode, hostRun.scope.forTask(first, ports.loopVars), false);
  const dryRun = run.mode !== 'run' || onlyChecked;
  const report = new TaskReport(hostRun);
  const entries: Entry[] = [];
  for (const task of tasks) {
    if (run.signal.aborted) throw new InterruptedError('interrupted');
    if (run.confirm !== undefined && !(await run.confirm(`${hostRun.host.name}: ${task.name}?`))) continue;
    const unknown = dryRun ? hostRun.unknownNeeds(task) : [];
    if (unknown.length > 0) {
      const bare = { task, name: task.name, isLoop: false, invocations: [], begun: performance.now(), noLog: false };
      if (hostRun.isOff(task)) planSkipped(bare, hostRun, report);
      else planUnknown(bare, unknown, hostRun, report);
      continue;
    }
    entries.push(
      makeEntry(task, {
        scopeOf: (of, more) => hostRun.scope.forTask(of, { ...ports.loopVars, ...more }),
        files: run.filesFor(task),
        userOf: (of, scope) => userName(runAsOf(of, scope, targetOf(hostRun, of, scope)), targetOf(hostRun, of, scope)),
        dryRun,
        redact: run.redact,
        uniqueFor: (of) => run.uniqueFor(hostRun.host.name, of.id),
        earlier: hostRun.earlier?.take(task.id),
      }),
    );
  }
  const registered: Record<string, Value> = {};
  const parts = byUser(entries, hostRun);
  if (parts.length === 1 && run.confirm === undefined && !run.offline) ports.ahead.expect(askedBy(next, ports));
  for (const part of parts) {
    const segment = new Segment(part, ports, report);
    await (dryRun ? segment.plan() : segment.run());
    Object.assign(registered, segment.registered);
  }
  return registered;
}

/** What can be asked before the tasks' turn has come: those whose arguments rest on something else than this segment's results. */
function askedBy(tasks: readonly Task[], { hostRun, loopVars }: TaskPorts): readonly Plannable[] {
  const { run } = hostRun.wave;
  return tasks.flatMap((task) => {
    try {
      const entry = makeEntry(task, {
        scopeOf: (of, more) => hostRun.scope.forTask(of, { ...loopVars, ...more }),
        files: run.filesFor(task),
        userOf: (of, scope) => userName(runAsOf(of, scope, hostRun.host), hostRun.host),
        dryRun: true,
        redact: run.redact,
        uniqueFor: () => '',
        isAhead: true,
      });
      return entry.invocations;
    } catch {
      // It says so in its turn.
      return [];
    }
  });
}

/** Runs of entries that act as the same user: each reads and acts in a session of its own. */
function byUser(entries: readonly Entry[], hostRun: HostContext): readonly (readonly Entry[])[] {
  const parts: { readonly user: string | undefined; readonly entries: Entry[] }[] = [];
  for (const entry of entries) {
    const scope = entry.invocations[0]?.scope;
    const last = parts.at(-1);
    const user =
      scope === undefined ? last?.user : runAsOf(entry.task, scope, targetOf(hostRun, entry.task, scope))?.user;
    if (last !== undefined && last.user === user) last.entries.push(entry);
    else parts.push({ user, entries: [entry] });
  }
  return parts.map((part) => part.entries);
}
