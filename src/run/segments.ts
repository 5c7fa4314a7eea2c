import { anyVariable } from '../template/references.ts';
import type { Task, TaskNode } from '../playbook/playbook.ts';

/** What decides where a segment ends, for one task on one host. */
export interface SegmentFacts {
  /** Names of variables the task needs, and its conditions and templates with it. */
  readonly needs: ReadonlySet<string>;
  /** Names it defines: `register`, set_fact's keys, or everything when that cannot be known ("*"). */
  readonly defines: ReadonlySet<string>;
}

/** Modules after which the state of the connection or of the run is another one. */
const lastOfSegment = new Set(['meta', 'reboot', 'pause', 'wait_for_connection', 'fetch']);

/**
 * How many of the nodes, from the first, make one segment: tasks whose arguments are all known before the first of them
 * runs. At least one when the first node is a task, 0 otherwise.
 */
export function segmentLength(nodes: readonly TaskNode[], factsOf: (task: Task) => SegmentFacts): number {
  const defined = new Set<string>();
  let length = 0;
  let shared = '';
  for (const node of nodes) {
    if (node.kind !== 'task') break;
    if (length === 0) shared = sharedBy(node);
    const { needs, defines } = factsOf(node);
    const waits =
      [...needs].some((name) => defined.has(name)) ||
      (defined.has(anyVariable) && needs.size > 0) ||
      (needs.has(anyVariable) && defined.size > 0);
    if (length > 0 && (waits || standsAlone(node) || sharedBy(node) !== shared)) break;
    length++;
    if (standsAlone(node) || lastOfSegment.has(node.module.value)) break;
    for (const name of defines) defined.add(name);
  }
  return length;
}

export function isTask(node: TaskNode): node is Task {
  return node.kind === 'task';
}

/** Whether `next` can be asked about before `task` is through: at the same host, with the same rights, and at once. */
export function mayAskAhead(task: Task, next: Task): boolean {
  const isLast = standsAlone(task) || standsAlone(next) || lastOfSegment.has(task.module.value);
  return !isLast && sharedBy(task) === sharedBy(next);
}

/** What all tasks of a segment have in common, before templates: one session with one user's rights, and what its loss means. */
function sharedBy({ become: { become, becomeUser }, ignoreUnreachable }: Task): string {
  return JSON.stringify([become?.value, becomeUser?.value, ignoreUnreachable?.value]);
}

/** Tasks that concern other hosts, or wait for them. */
function standsAlone(task: Task): boolean {
  return (
    task.checkMode !== undefined ||
    task.delegateTo !== undefined ||
    task.runOnce ||
    task.throttle !== undefined ||
    task.until.length > 0 ||
    task.retries !== undefined
  );
}
