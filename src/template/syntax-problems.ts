import { explainForeign } from './foreign-syntax.ts';
import { parseHandlebars } from './handlebars-tree.ts';
import { blankRaw, findMustaches, placeAt } from './mustaches.ts';
import type { Mustache } from './mustaches.ts';
import type { TextProblem } from './nodes.ts';

/**
 * Why a template does not parse: Handlebars stops at the first error and tells the line only, so every mustache is tried
 * alone, then the blocks are matched. `message` is what Handlebars said.
 */
export function syntaxProblems(source: string, message: string): readonly TextProblem[] {
  const mustaches = findMustaches(source);
  const wrong = mustaches.flatMap((mustache) => explainMustache(mustache) ?? []);
  if (wrong.length > 0) return wrong;
  const unclosed = findUnclosed(source);
  if (unclosed !== undefined) return [unclosed];
  const unmatched = matchBlocks(mustaches);
  if (unmatched !== undefined) return [unmatched];
  const line = Number(/on line (\d+)/.exec(message)?.[1] ?? 1);
  return [
    {
      place: { line, column: 1, length: 1 },
      message: 'this is no Handlebars template',
      hint: message.split('\n').at(-1),
    },
  ];
}

/** Puts better words to problems that come from foreign syntax: `{{x is defined}}` is a call of the helper `x` to Handlebars. */
export function explainProblems(source: string, problems: readonly TextProblem[]): readonly TextProblem[] {
  const mustaches = findMustaches(source);
  const told = new Set<Mustache>();
  return problems.flatMap((problem) => {
    const around = mustaches.find(({ place }) => holds(place, problem));
    if (around !== undefined && told.has(around)) return [];
    const explained = around === undefined ? undefined : explainForeign(around);
    if (around === undefined || explained === undefined) return [problem];
    told.add(around);
    return [explained];
  });
}

function holds(outer: TextProblem['place'], { place }: TextProblem): boolean {
  return place.line === outer.line && place.column >= outer.column && place.column < outer.column + outer.length;
}

function explainMustache(mustache: Mustache): TextProblem | undefined {
  const { sign, inner, place, whole } = mustache;
  if (sign === '/' || /^(?:else\b|\^)/.test(inner)) return undefined;
  if (parsesAlone(sign === '' ? whole : `{{${inner}}}`)) return undefined;
  const explained = explainForeign(mustache);
  if (explained !== undefined) return explained;
  if (inner === '') return { place, message: 'there is nothing between the braces' };
  const indexed = /^(.*\.)(\d+)$/.exec(inner);
  if (indexed !== null) {
    return { place, message: 'an index at the end needs brackets', hint: `Write {{${indexed[1]}[${indexed[2]}]}}.` };
  }
  const hint = String.raw`Braces that are no template are written \{{, or stand between {{{{raw}}}} and {{{{/raw}}}}.`;
  return { place, message: `\`${whole.replaceAll(/\s+/g, ' ')}\` is no Handlebars expression`, hint };
}

/** Blocks are tried as plain calls: `#each list as |x|` without its block parameters. */
function parsesAlone(mustache: string): boolean {
  try {
    parseHandlebars(mustache.replace(/\s+as\s+\|[^|]*\|/, ''));
    return true;
  } catch {
    // Only whether it parses is asked; why not is found out by the caller.
    return false;
  }
}

function findUnclosed(source: string): TextProblem | undefined {
  const text = blankRaw(source);
  const open = text.lastIndexOf('{{');
  if (open === -1 || text.includes('}}', open)) return undefined;
  return {
    place: placeAt(source, open, 2),
    message: '`{{` is never closed',
    hint: String.raw`Write \{{ for braces that are no template.`,
  };
}

function matchBlocks(mustaches: readonly Mustache[]): TextProblem | undefined {
  const open: Mustache[] = [];
  for (const mustache of mustaches) {
    const { sign, inner, place } = mustache;
    if (sign === '#' || (sign === '^' && inner !== '')) open.push(mustache);
    if (sign === '' && /^else\b/.test(inner) && open.length === 0) {
      return { place, message: '`{{else}}` stands outside of a block' };
    }
    if (sign !== '/') continue;
    const last = open.pop();
    if (last === undefined) return { place, message: `\`{{/${inner}}}\` closes no block` };
    const name = blockName(last);
    if (name !== inner) {
      const hint = `The block that is open here is {{#${name}}} of line ${last.place.line}: close it with {{/${name}}}.`;
      return { place, message: `\`{{/${inner}}}\` closes another block than the one that is open`, hint };
    }
  }
  const last = open.at(-1);
  if (last === undefined) return undefined;
  return {
    place: last.place,
    message: `the block \`{{#${blockName(last)}}}\` is never closed`,
    hint: `Write {{/${blockName(last)}}} where it ends.`,
  };
}

function blockName({ inner }: Mustache): string {
  return inner.split(/\s/, 1)[0] ?? '';
}
