import type { Values } from '../base/value.ts';
import type { Learnt } from '../modules/module.ts';
import type { Query } from '../host/query.ts';
import { defines } from '../plan/references.ts';
import type { Include, TaskNode } from '../playbook/playbook.ts';
import type { HostContext } from './host-context.ts';
import type { Entry, Invocation } from './invocation.ts';
import { isDrift } from './is-drift.ts';
import { flagOf, textOf } from './keyword-values.ts';
import type { PlannedItem, SegmentPlan } from './plan-segment.ts';
import { isReadOnlyCommand, planOfEntry, planOfFailure, resultOfProbe, type TaskPlan } from './report-plan.ts';
import { plan } from './run-segment.ts';
import type { SegmentPorts } from './segment-ports.ts';
import type { TaskReport } from './task-report.ts';
import { skippedResult } from './task-result.ts';
import { judge } from './verdict.ts';

const nothingPlanned: SegmentPlan<Invocation> = { items: [], ahead: new Map(), next: [] };

/** Plans the entries of a segment and reports what would change. Nothing is written on the host. */
export async function planEntries(
  entries: readonly Entry[],
  hostRun: HostContext,
  ports: SegmentPorts,
  report: TaskReport,
): Promise<Values> {
  const registered: Record<string, Values[string]> = {};
  const { offline } = hostRun.wave.run;
  for (let rest = entries; rest.length > 0;) {
    const open = rest.flatMap(({ invocations }) => invocations.filter(({ result }) => result === undefined));
    const planned =
      open.length === 0 ? nothingPlanned : await plan(open, ports, hostRun.overlay, isOnlyChecked(open[0]));
    const failedAt = planned.failure && rest.indexOf(planned.failure.item.entry);
    const through = failedAt === undefined ? rest : rest.slice(0, failedAt);
    for (const { item, planned: own, certain, reads } of planned.items) {
      const isKnown = certain && !(offline && reads.length > 0);
      if (isKnown && own.facts !== undefined && through.includes(item.entry)) learn(own.facts, hostRun);
    }
    for (const entry of through) {
      const own = planned.items.filter(({ item }) => item.entry === entry);
      conclude(entry, await planWithProbes(entry, own, hostRun, ports), hostRun, report, registered, own);
    }
    const failing = failedAt === undefined ? undefined : rest[failedAt];
    if (failing !== undefined) {
      const isSupposed = offline && planned.failure?.hasRead === true;
      if (!isSupposed) hostRun.foreseeFailure();
      conclude(failing, planOfFailure(planned.failure?.error, isSupposed), hostRun, report, registered);
    }
    rest = failedAt === undefined ? [] : rest.slice(failedAt + 1);
  }
  return registered;
}

/** A task whose arguments or conditions rest on what is known after apply only. */
export function planUnknown(entry: Entry, names: readonly string[], hostRun: HostContext, report: TaskReport): void {
  const note = dependsOn(names);
  conclude(entry, { action: 'unknown', steps: [], note, result: undefined }, hostRun, report, {});
}

/** A task with a condition that is false whatever is not known yet. */
export function planSkipped(entry: Entry, hostRun: HostContext, report: TaskReport): void {
  const note = 'the condition is false';
  conclude(entry, { action: 'skip', steps: [], note, result: skippedResult(note) }, hostRun, report, {});
}

/** Why something is known after apply only. */
export function dependsOn(names: readonly string[]): string {
  return `it depends on ${names.join(', ')}`;
}

/** Of an include that rests on what is known after apply only: the nodes that it would bring, if it brings any. */
export function nodesInDoubt(include: Include, names: readonly string[], hostRun: HostContext): readonly TaskNode[] {
  if (hostRun.isOff(include)) return [];
  if (include.known !== undefined && include.loop === undefined) return include.known.nodes;
  planUnknownInclude(include, dependsOn(names), hostRun);
  return [];
}

function planUnknownInclude({ name, id, span, of }: Include, note: string, hostRun: HostContext): void {
  const { run } = hostRun.wave;
  const module = `include_${of}`;
  const on = { host: hostRun.host.name, task: name, id, at: span };
  run.onPlanned?.({ ...on, name, at: span, module, plan: { action: 'unknown', note }, items: [], noLog: false });
  hostRun.tally.count(run.mode === 'plan' ? 'changed' : 'skipped');
  hostRun.emit(
    run.mode === 'plan'
      ? { type: 'task-planned', ...on, module, action: 'unknown', steps: [], note }
      : { type: 'task-ended', ...on, module, status: 'skipped', unknown: true, elapsedMs: 0, message: note },
  );
}

/** Variables that a task sets without a host: they are as true in a dry run. */
function learn(facts: Learnt, { scope, unknown }: HostContext): void {
  scope.setFacts(facts);
  for (const name of Object.keys({ ...facts.included, ...facts.set })) unknown.delete(name);
}

async function planWithProbes(
  entry: Entry,
  own: readonly PlannedItem<Invocation>[],
  hostRun: HostContext,
  ports: SegmentPorts,
): Promise<TaskPlan> {
  const { offline } = hostRun.wave.run;
  const { folder } = hostRun.wave.play;
  const only = own.find(({ item, planned }) => isReadOnlyCommand(item, planned.steps));
  const op = only?.planned.steps[0]?.do;
  if (only === undefined || op?.kind !== 'exec' || entry.isLoop || offline) {
    return planOfEntry(entry, own, { folder, offline });
  }
  const probe: Query = {
    kind: 'probe',
    command: op.command,
    unguarded: true,
    ...(op.stdin !== undefined && { stdin: op.stdin }),
    ...(op.timeoutMs !== undefined && { timeoutMs: op.timeoutMs }),
  };
  const [answer] = await ports.host.read([probe], ports.asOf(only.item), ports.signal);
  const result = resultOfProbe(only, answer);
  if (result === undefined) return planOfEntry(entry, own, { folder, offline });
  const judged = judge(entry.task, result, (values) => hostRun.scope.forTask(entry.task, values));
  return { action: judged.changed ? 'change' : 'none', steps: [], note: 'ran, as check_mode is off', result: judged };
}

/** The first change under a dead-man switch says so. */
function guarded(planned: TaskPlan, { task }: Entry, { guard }: HostContext): TaskPlan {
  if (planned.action !== 'change' || task.delegateTo !== undefined) return planned;
  const notes = [planned.note, guard?.takeNote()].filter((note) => note !== undefined && note !== '');
  return notes.length === 0 ? planned : { ...planned, note: notes.join('; ') };
}

/** `check_mode: true`: looked at and never done, in a run neither. */
function isOnlyChecked(invocation: Invocation | undefined): boolean {
  if (invocation === undefined) return false;
  const { checkMode } = invocation.entry.task;
  return checkMode !== undefined && flagOf(checkMode, invocation.scope, false);
}

/** The plan of a task that is only checked: its result tells of a change, the host sees none. */
function unlessOnlyChecked(planned: TaskPlan, { invocations: [first] }: Entry): TaskPlan {
  if (planned.action !== 'change' || !isOnlyChecked(first)) return planned;
  const would = planned.steps.map(({ say }) => say).join('; ');
  const note = `only checked, as check_mode is on${would === '' ? '' : `; it would ${would}`}`;
  return { ...planned, action: 'none', steps: [], note };
}

function conclude(
  entry: Entry,
  planned: TaskPlan,
  hostRun: HostContext,
  report: TaskReport,
  registered: Record<string, Values[string]>,
  items: readonly PlannedItem<Invocation>[] = [],
): void {
  const { task } = entry;
  const { doubt } = hostRun;
  const isDoubtful = doubt !== undefined && planned.action === 'change';
  const foreseen: TaskPlan = isDoubtful ? { ...planned, action: 'unknown', note: doubt } : planned;
  const taskPlan = guarded(unlessOnlyChecked(foreseen, entry), entry, hostRun);
  const { result } = taskPlan;
  if (result === undefined) for (const name of defines(task)) hostRun.unknown.add(name);
  if (task.register !== undefined) {
    const name = task.register.value;
    if (result !== undefined) {
      hostRun.unknown.delete(name);
      registered[name] = result.values;
      hostRun.scope.set(name, result.values);
    }
  }
  const scope = entry.invocations[0]?.scope ?? hostRun.scope.forTask(task, {});
  if (foreseen.action === 'change' || foreseen.action === 'unknown') {
    hostRun.notify(
      task,
      task.notify.map((name) => textOf(name, scope)),
    );
  }
  const parts = items.map(({ planned: { steps }, reads }) => ({ steps, reads }));
  hostRun.wave.run.onPlanned?.({
    host: hostRun.host.name,
    id: task.id,
    name: entry.name,
    at: task.span,
    module: task.module.value,
    plan: taskPlan,
    items: parts,
    noLog: entry.noLog,
  });
  report.planned(entry, taskPlan.action === 'change' && isDrift(task, parts) ? { ...taskPlan, drift: true } : taskPlan);
}
