import { didYouMean } from '../base/suggest.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherit.ts';
import { checkKeywords } from './keywords.ts';
import type { Loader, Place } from './loader.ts';
import type { TaskNode } from './playbook.ts';
import { readArgs } from './task-args.ts';
import { keySpanOf, spanOf, textOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** What `meta:` can do beside `flush_handlers`. The engine does them: there is no module behind them. */
const metaActions = [
  'noop',
  'end_host',
  'end_batch',
  'end_play',
  'clear_facts',
  'clear_host_errors',
  'reset_connection',
] as const;

/** The module name of tasks that the engine itself does: their `action` is one of `metaActions`. */
const metaModule = 'meta';

const shape = { name: metaModule, freeForm: 'action' };

/** `meta: flush_handlers` becomes a {@link Flush}, the others a task of the module "meta". */
export function loadMeta(loader: Loader, node: YamlNode, key: YamlNode, place: Place): readonly TaskNode[] {
  const { problems } = loader;
  checkKeywords(node, 'meta task', problems, key);
  const fields = new Fields(node, problems);
  const args = readArgs(key, undefined, shape, problems);
  const inherited = inherit(place.inherited, fields, problems);
  const span = spanOf(node);
  if (key.value === 'flush_handlers') return [{ kind: 'flush', span, when: inherited.when }];
  const action = metaActions.find((known) => known === key.value);
  if (action === undefined) {
    const hint = didYouMean(textOf(key.value), [...metaActions, 'flush_handlers']);
    problems.error(
      spanOf(key),
      `there is no \`meta: ${textOf(key.value)}\``,
      hint ?? `Known are ${metaActions.join(', ')}.`,
    );
    return [];
  }
  const name = fields.text('name')?.value ?? `meta: ${action}`;
  return [
    {
      kind: 'task',
      id: loader.ids.take(place.id, name),
      name,
      span,
      module: { value: metaModule, span: keySpanOf(key) },
      args,
      ...inherited,
      until: [],
      changedWhen: [],
      failedWhen: [],
      notify: [],
      irreversible: false,
    },
  ];
}
