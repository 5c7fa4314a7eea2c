import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Include, Play, Task, TaskNode } from '../playbook/playbook.ts';
import { allTasks, changeIncluded } from './walk.ts';

/**
 * The plays from the first task of that name or id on, in blocks and includes, too: what stands before it is left out.
 *
 * @throws UsageError when there is no such task.
 */
export function startAt(plays: readonly Play[], wanted: string): readonly Play[] {
  const index = plays.findIndex((play) => find(play.body, wanted) !== undefined);
  const first = plays[index];
  if (first === undefined) throw noSuchTask(plays, wanted);
  return [{ ...first, body: from(first.body, wanted) }, ...plays.slice(index + 1)];
}

function find(nodes: readonly TaskNode[], wanted: string): Task | Include | undefined {
  return [...allTasks(nodes)].find((task) => isCalled(task, wanted));
}

/** By name, by "role : name" as it is shown, or by id. */
function isCalled({ id, name, roles }: Task | Include, wanted: string): boolean {
  return [id, name, `${roles.at(-1)?.name} : ${name}`].includes(wanted);
}

function from(nodes: readonly TaskNode[], wanted: string): readonly TaskNode[] {
  const index = nodes.findIndex((node) => find([node], wanted) !== undefined);
  const [node, ...rest] = nodes.slice(index);
  if (index === -1 || node === undefined) return nodes;
  return [startInside(node, wanted), ...rest];
}

function startInside(node: TaskNode, wanted: string): TaskNode {
  if (node.kind === 'include' && !isCalled(node, wanted)) {
    return { ...changeIncluded(node, (inner) => from(inner, wanted)), loadAgain: node.load };
  }
  if (node.kind !== 'block') return node;
  if (find(node.block, wanted) !== undefined) return { ...node, block: from(node.block, wanted) };
  // In rescue or always: nothing before it runs, and without a failure a rescue would not either.
  if (find(node.rescue, wanted) !== undefined) return { ...node, block: from(node.rescue, wanted), rescue: [] };
  return { ...node, block: [], rescue: [], always: from(node.always, wanted) };
}

function noSuchTask(plays: readonly Play[], wanted: string): UsageError {
  const names = plays.flatMap((play) => [...allTasks(play.body)].map(({ name }) => name));
  const hint = didYouMean(wanted, names) ?? '`k3sbox plan` shows the tasks by name.';
  return new UsageError(`there is no task "${wanted}" to start at`, { hint });
}
