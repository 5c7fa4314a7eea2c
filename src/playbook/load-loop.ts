import { parseDuration } from '../base/duration.ts';
import { isList, isValues } from '../base/value.ts';
import { didYouMean } from '../base/suggest.ts';
import { isTemplate } from '../template/parse-template.ts';
import { Fields } from './fields.ts';
import type { Loop } from './playbook.ts';
import { present } from './present.ts';
import type { Problems } from './problems.ts';
import { checkName } from './vars.ts';
import { entriesOf, keySpanOf, kindOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

const styles = {
  loop: 'loop',
  with_items: 'items',
  with_dict: 'dict',
  with_sequence: 'sequence',
  with_fileglob: 'fileglob',
} as const satisfies Record<string, Loop['style']>;

const controls = ['loop_var', 'index_var', 'label', 'pause'];

/** The loop of a task or an include, if it has one. */
export function loadLoop(fields: Fields, problems: Problems): Loop | undefined {
  const control = fields.mapping('loop_control');
  const written = Object.entries(styles).flatMap(([keyword, style]) => {
    const items = fields.get(keyword);
    return items === undefined ? [] : [{ keyword, style, items }];
  });
  const [first, second] = written;
  if (first === undefined) {
    if (control !== undefined) problems.error(keySpanOf(control), '`loop_control` needs a `loop` beside it');
    return undefined;
  }
  if (second !== undefined) {
    problems.error(keySpanOf(second.items), `a task has one loop: \`${first.keyword}\` or \`${second.keyword}\``);
  }
  const items = fields.written(first.keyword);
  if (items === undefined) return undefined;
  checkItems(first.keyword, first.items, problems);
  return { items, style: first.style, ...loadControl(control, problems) };
}

function checkItems(keyword: string, { value, ...node }: YamlNode, problems: Problems): void {
  const wrong = (wanted: string, hint?: string): void =>
    problems.error(spanOf({ ...node, value }), `\`${keyword}\` must be ${wanted}, not ${kindOf(value)}`, hint);
  const isText = typeof value === 'string' && isTemplate(value);
  if (keyword === 'loop' && !isList(value) && !isText) {
    wrong('a list', typeof value === 'string' ? `A variable is written as "{{ ${value} }}".` : undefined);
  }
  if (keyword === 'with_dict' && !isValues(value) && !isText) wrong('a mapping');
}

function loadControl(node: YamlNode | undefined, problems: Problems): Omit<Loop, 'items' | 'style'> {
  if (node === undefined) return { loopVar: 'item', pauseMs: 0 };
  const fields = new Fields(node, problems);
  for (const [name, entry] of entriesOf(node)) {
    if (controls.includes(name)) continue;
    problems.error(
      keySpanOf(entry),
      `\`loop_control\` has no \`${name}\``,
      didYouMean(name, controls) ?? `It takes ${controls.join(', ')}.`,
    );
  }
  const loopVar = fields.plainText('loop_var');
  const indexVar = fields.plainText('index_var');
  for (const name of [loopVar, indexVar]) if (name !== undefined) checkName(name.value, name.span, problems);
  const pause = fields.get('pause');
  const pauseMs =
    typeof pause?.value === 'string' || typeof pause?.value === 'number' ? parseDuration(pause.value) : undefined;
  if (pause !== undefined && pauseMs === undefined) {
    problems.error(spanOf(pause), '`pause` must be seconds or a duration like "5m"');
  }
  return {
    loopVar: loopVar?.value ?? 'item',
    pauseMs: pauseMs ?? 0,
    ...present({ indexVar: indexVar?.value, label: fields.text('label') }),
  };
}
