import { parseDuration } from '../base/duration.ts';
import { didYouMean } from '../base/suggest.ts';
import { isList, isValues } from '../base/value.ts';
import { Fields } from './fields.ts';
import type { Loader, Place } from './loader.ts';
import { playOrders, type Rollout, type TaskNode } from './playbook.ts';
import { present } from './present.ts';
import type { Problems } from './problems.ts';
import { readWaveSizes } from './wave-sizes.ts';
import { entriesOf, itemsOf, keySpanOf, spanOf, textOf } from './yaml-node.ts';

const names = [
  'waves',
  'order',
  'seed',
  'per',
  'window',
  'budget',
  'soak',
  'gate',
  'verify',
  'verify_rollback',
  'pause_after',
  'on_failure',
];

/** Ansible's words, and which of ours take their place in a play that has a `rollout`. */
const replaced: Readonly<Record<string, string>> = {
  serial: 'rollout: { waves: ... }',
  order: 'rollout: { order: ... }',
  max_fail_percentage: 'rollout: { budget: ... }',
  any_errors_fatal: 'rollout: { budget: 0 }',
  rollback: 'rollout: { on_failure: ... }',
};

/** `rollout:` of a play; undefined when there is none, or when it is no mapping (which is reported). */
export function loadRollout(loader: Loader, play: Fields, place: Place): Rollout | undefined {
  const { problems } = loader;
  const node = play.mapping('rollout');
  if (node === undefined) return undefined;
  for (const [name, instead] of Object.entries(replaced)) {
    const other = play.get(name);
    if (other === undefined) continue;
    problems.error(keySpanOf(other), `\`${name}\` beside \`rollout\``, `Write \`${instead}\` in its place.`);
  }
  for (const [name, entry] of entriesOf(node)) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names) ?? `It takes ${names.join(', ')}.`;
    problems.error(keySpanOf(entry), `\`rollout\` has no \`${name}\``, hint);
  }
  const fields = new Fields(node, problems);
  const tasksIn = (name: 'gate' | 'verify' | 'verify_rollback'): readonly TaskNode[] => {
    const tasks = fields.get(name);
    return tasks === undefined ? [] : loader.loadNodes(loader, tasks, { ...place, id: `${place.id}/${name}` });
  };
  return {
    waves: readWaveSizes(fields, 'waves', problems),
    soakMs: readSoak(fields, problems),
    gate: tasksIn('gate'),
    verify: tasksIn('verify'),
    verifyRollback: tasksIn('verify_rollback'),
    pauseAfter: readWaves(fields, problems),
    onFailure: fields.choice('on_failure', ['host', 'wave', 'run', 'stop']) ?? 'host',
    ...present({
      order: readOrder(fields, problems),
      seed: fields.integer('seed', 0),
      per: fields.plainText('per'),
      window: fields.integer('window', 1),
      budget: readBudget(fields, problems),
    }),
  };
}

function readOrder(fields: Fields, problems: Problems): Rollout['order'] {
  const node = fields.get('order');
  if (node === undefined) return undefined;
  if (!isValues(node.value)) return fields.choice('order', playOrders);
  const [by, ...others] = entriesOf(node);
  const name = by === undefined || by[0] !== 'by' ? undefined : new Fields(node, problems).plainText('by');
  if (name !== undefined && others.length === 0) return { by: name };
  problems.error(spanOf(node), '`order` must be a word or `{ by: VARIABLE }`');
  return undefined;
}

function readBudget(fields: Fields, problems: Problems): Rollout['budget'] {
  const node = fields.get('budget');
  if (node === undefined) return undefined;
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(textOf(node.value)) ?? [];
  if (percent === '%' && Number(digits) <= 100) return { percent: Number(digits) };
  if (percent === '' && Number.isInteger(Number(digits))) return { hosts: Number(digits) };
  problems.error(spanOf(node), '`budget` must be a number of hosts or a share of them', 'Write 2, or "5%".');
  return undefined;
}

/** Before hosts are chosen there are no variables to render it with. */
function readSoak(fields: Fields, problems: Problems): number {
  const node = fields.get('soak');
  if (node === undefined) return 0;
  const { value } = node;
  const ms = typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined;
  if (ms === undefined) problems.error(spanOf(node), '`soak` must be seconds or a duration like "5m"');
  return ms ?? 0;
}

function readWaves(fields: Fields, problems: Problems): readonly number[] {
  const node = fields.get('pause_after');
  if (node === undefined) return [];
  const entries = isList(node.value) ? itemsOf(node) : [node];
  return entries.flatMap(({ value, ...entry }) => {
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return [value];
    problems.error(spanOf({ value, ...entry }), '`pause_after` must be the number of a wave, or a list of them');
    return [];
  });
}
