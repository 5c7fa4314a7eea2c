import { parseDuration } from '../base/duration.ts';
import { didYouMean } from '../base/suggest.ts';
import { isValues } from '../base/value.ts';
import { isTemplate } from '../template/parse-template.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherit.ts';
import type { Loader, Place } from './loader.ts';
import type { Deadman, TaskNode, Written } from './playbook.ts';
import { present } from './present.ts';
import type { Problems } from './problems.ts';
import { entriesOf, keySpanOf, memberOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** Less than this is no time to connect in. */
const leastMs = 1000;

/**
 * Reads what a mapping brings (a task, a block, an include, a role, the body of a play). With `deadman` beside it, all of it
 * stands in one block that the switch covers.
 */
export function withDeadman(
  loader: Loader,
  node: YamlNode,
  place: Place,
  load: (place: Place) => readonly TaskNode[],
): readonly TaskNode[] {
  const deadman = place.holds === 'handlers' ? undefined : readDeadman(loader, node, place);
  if (deadman === undefined) return load(place);
  const nodes = load({ ...place, isGuarded: true });
  if (nodes.length === 0) return [];
  const name = 'deadman';
  const id = loader.ids.take(place.id, name);
  return [{ kind: 'block', id, name, span: deadman.span, block: nodes, rescue: [], always: [], deadman }];
}

/** `deadman: 60s`, or a mapping with `after`, and where the host is to be reached then. */
function readDeadman({ problems }: Loader, outer: YamlNode, { isGuarded, inherited }: Place): Deadman | undefined {
  const node = memberOf(outer, 'deadman');
  if (node === undefined || node.value === null) return undefined;
  const span = spanOf(node);
  // The variables of a play are a layer of their own.
  const isPlay = memberOf(outer, 'hosts') !== undefined;
  const { roles, vars, params } = isPlay ? inherited : inherit(inherited, new Fields(outer, problems), problems);
  if (isGuarded) {
    problems.error(
      span,
      '`deadman` inside of another `deadman`',
      'The outer one covers this, too: remove one of them.',
    );
    return undefined;
  }
  if (!isValues(node.value)) {
    const after = new Fields(outer, problems).duration('deadman');
    return after && isLongEnough(after, problems) ? { span, after, roles, vars, params } : undefined;
  }
  const fields = new Fields(node, problems);
  const after = fields.duration('after');
  for (const [name, entry] of entriesOf(node)) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names) ?? `It takes ${names.join(', ')}.`;
    problems.error(keySpanOf(entry), `\`deadman\` has no \`${name}\``, hint);
  }
  if (fields.get('after') === undefined) {
    problems.error(
      span,
      '`deadman` does not say when',
      'Write `after: 60s`: the time from the first change to the end.',
    );
  }
  if (after === undefined || !isLongEnough(after, problems)) return undefined;
  return {
    span,
    after,
    roles,
    vars,
    params,
    ...present({ address: fields.text('address'), port: fields.count('port') }),
  };
}

const names = ['after', 'address', 'port'];

function isLongEnough({ value, span }: Written, problems: Problems): boolean {
  if (typeof value === 'string' && isTemplate(value)) return true;
  const ms = typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined;
  if (ms === undefined || ms >= leastMs) return true;
  problems.error(span, '`deadman` must be at least a second', 'Give the change, and a new connection, time: "60s".');
  return false;
}
