import type { Include, Loaded, Play, Task, TaskNode } from '../playbook/playbook.ts';

/** Every task and include, in order, with what is in blocks and in includes whose names hold no template. */
export function* allTasks(nodes: readonly TaskNode[]): Generator<Task | Include> {
  for (const node of nodes) {
    if (node.kind === 'block') {
      yield* allTasks(node.block);
      yield* allTasks(node.rescue);
      yield* allTasks(node.always);
    } else if (node.kind !== 'flush') {
      yield node;
      if (node.kind === 'include') yield* allTasks(node.known?.nodes ?? []);
    }
  }
}

/** Every task and include of a play, handlers last. */
export function* tasksOf(play: Play): Generator<Task | Include> {
  yield* allTasks(play.rollout?.gate ?? []);
  yield* allTasks(play.body);
  yield* allTasks(play.rollout?.verify ?? []);
  yield* allTasks(play.rollout?.verifyRollback ?? []);
  yield* allTasks(play.handlers);
}

/** The same include with its nodes, whenever they are loaded, passed through `change`. */
export function changeIncluded(include: Include, change: (nodes: readonly TaskNode[]) => readonly TaskNode[]): Include {
  const changed = new Map<Loaded, Loaded>();
  const changeOnce = (loaded: Loaded): Loaded => {
    const result = changed.get(loaded) ?? { ...loaded, nodes: change(loaded.nodes) };
    changed.set(loaded, result);
    return result;
  };
  return {
    ...include,
    ...(include.known !== undefined && { known: changeOnce(include.known) }),
    load: (target, tasksFrom) => changeOnce(include.load(target, tasksFrom)),
  };
}
