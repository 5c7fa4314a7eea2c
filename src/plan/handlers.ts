import type { Handler, Task } from '../playbook/playbook.ts';

/**
 * The handlers that a notification means: the first of that name (in the role of the notifying task, then anywhere), and
 * all that listen to it. In the order they are defined; none when nobody is meant.
 */
export function notifiedBy(name: string, handlers: readonly Handler[], from: Pick<Task, 'roles'>): readonly Handler[] {
  const role = from.roles.at(-1)?.folder;
  const named = handlers.filter((handler) => isCalled(handler, name));
  const first = named.find((handler) => handler.roles.at(-1)?.folder === role) ?? named[0];
  return handlers.filter((handler) => handler === first || handler.listen.includes(name));
}

/** By name, or by "role : name". */
function isCalled({ name, roles }: Handler, wanted: string): boolean {
  return wanted === name || wanted === `${roles.at(-1)?.name} : ${name}`;
}
