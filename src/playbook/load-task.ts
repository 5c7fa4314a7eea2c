import { isValues } from '../base/value.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherit.ts';
import { loadLoop } from './load-loop.ts';
import type { Loader, ModuleShape, Place } from './loader.ts';
import { moduleKey } from './module-key.ts';
import type { Behaviour, Handler, Task, TaskNode } from './playbook.ts';
import { present } from './present.ts';
import type { Problems } from './problems.ts';
import { readArgs } from './task-args.ts';
import { checkTemplates } from './templates.ts';
import { checkName } from './vars.ts';
import { entriesOf, keySpanOf, kindOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** A task that runs a module; undefined when it is too wrong to go on with. */
export function loadTask(loader: Loader, node: YamlNode, place: Place): Task | Handler | undefined {
  const { problems } = loader;
  const key = moduleKey(loader, node, place.holds === 'handlers' ? 'handler' : 'task');
  if (key === undefined) return undefined;
  if (key.name === 'reboot' && place.isGuarded) {
    problems.error(
      keySpanOf(key.node),
      '`reboot` inside of a `deadman`: the switch does not outlive the machine that it is on',
      'End the `deadman` before the reboot; what the reboot needs is confirmed then.',
    );
  }
  const fields = new Fields(node, problems);
  const args = readArgs(key.node, fields.mapping('args'), key.module, problems);
  checkTemplates(args, problems, key.module.raw);
  const name = fields.text('name')?.value ?? key.name;
  const task: Task = {
    kind: 'task',
    id: loader.ids.take(place.id, name),
    name,
    span: spanOf(node),
    module: { value: key.name, span: keySpanOf(key.node) },
    args,
    ...inherit(place.inherited, fields, problems),
    ...readBehaviour(fields, problems),
    ...readBackground(fields, key.module, problems),
  };
  return place.holds === 'handlers' ? { ...task, listen: fields.texts('listen').map(({ value }) => value) } : task;
}

function readBehaviour(fields: Fields, problems: Problems): Behaviour {
  const register = fields.plainText('register');
  if (register !== undefined) checkName(register.value, register.span, problems);
  return {
    until: fields.conditions('until'),
    changedWhen: fields.conditions('changed_when'),
    failedWhen: fields.conditions('failed_when'),
    notify: fields.texts('notify'),
    irreversible: fields.boolean('irreversible') ?? false,
    ...present({
      register,
      loop: loadLoop(fields, problems),
      retries: fields.count('retries'),
      delay: fields.duration('delay'),
      undo: readUndo(fields, problems),
    }),
  };
}

function readBackground(
  fields: Fields,
  { name, background }: ModuleShape,
  problems: Problems,
): Pick<Behaviour, 'async' | 'poll'> {
  const [async, poll] = [fields.duration('async'), fields.duration('poll')];
  if (async !== undefined && !background) {
    const hint = 'Use it with `command`, `shell` or `script`; how long other tasks may take is said by `timeout`.';
    problems.error(async.span, `\`async\` does not fit \`${name}\`: only a command can run in the background`, hint);
  }
  if (poll !== undefined && async === undefined) {
    const hint = 'Say with `async` how long the command may take in the background, or remove `poll`.';
    problems.error(poll.span, '`poll` does nothing without `async`', hint);
  }
  return present({ async, poll });
}

/** A shell command, or a mapping of `command` or `shell` to what those modules take. */
function readUndo(fields: Fields, problems: Problems): Behaviour['undo'] {
  const node = fields.get('undo');
  if (node === undefined) return undefined;
  const names = entriesOf(node).map(([name]) => name);
  const isModule = isValues(node.value) && names.length === 1 && (names[0] === 'command' || names[0] === 'shell');
  if (typeof node.value !== 'string' && !isModule) {
    const hint = 'Write `undo: systemctl stop x`, or `undo: { command: ... }`.';
    problems.error(spanOf(node), `\`undo\` must be a command, not ${kindOf(node.value)}`, hint);
    return undefined;
  }
  return fields.written('undo');
}

/** Whether a node was read as a handler. */
export function isHandler(node: TaskNode): node is Handler {
  return node.kind === 'task' && 'listen' in node;
}
