import { helpers } from './helpers/table.ts';
import { parseJinja } from './jinja/jinja.ts';
import { toHandlebars } from './jinja/to-handlebars.ts';
import { blankRaw, findMustaches, placeAt } from './mustaches.ts';
import type { Mustache } from './mustaches.ts';
import type { TextProblem } from './nodes.ts';

const statements: Readonly<Record<string, string>> = {
  if: 'Write {{#if condition}} ... {{/if}}; comparisons are helpers: {{#if (eq a b)}}.',
  elif: 'Write {{else if condition}}.',
  else: 'Write {{else}}.',
  endif: 'Write {{/if}}.',
  for: 'Write {{#each list}} ... {{/each}}; the item is {{this}}, or {{#each list as |item|}}.',
  endfor: 'Write {{/each}}.',
  raw: 'Write {{{{raw}}}} ... {{{{/raw}}}}.',
  endraw: 'Write {{{{/raw}}}}.',
};
const jinjaStatement =
  /\{%[-+]?\s*(if|elif|else|endif|for|endfor|set|endset|raw|endraw|include|import|from|macro|endmacro|call|filter|block|endblock|extends|with|endwith)\b[^]*?%\}/g;
const jinjaComment = /(?<!\$)\{#[^\n]*?#\}/g;

/**
 * What Handlebars would misread without a word: Jinja's statements and comments, which it prints, and Go's `.Name`, which
 * it takes for two values.
 */
export function foreignProblems(source: string): readonly TextProblem[] {
  const go = /\{\{[^}]*[\s(]\.[A-Za-z]/.test(source)
    ? findMustaches(source).flatMap((one) => goProblem(one) ?? [])
    : [];
  return [...jinjaProblems(source), ...go];
}

function jinjaProblems(source: string): readonly TextProblem[] {
  if (!source.includes('{%') && !source.includes('{#')) return [];
  const text = blankRaw(source);
  const found = [...text.matchAll(jinjaStatement)].map((match): TextProblem & { offset: number } => {
    const [whole, word = ''] = match;
    const hint = statements[word] ?? 'Templates are Handlebars: set variables in `vars:`, not in the template.';
    return {
      offset: match.index,
      place: placeAt(source, match.index, whole.length),
      message: `\`${oneLine(whole)}\` is Jinja`,
      hint,
    };
  });
  const comments = [...text.matchAll(jinjaComment)].map((match): TextProblem & { offset: number } => {
    const [whole] = match;
    const hint = `Write {{!-- ${whole.slice(2, -2).trim()} --}}.`;
    return {
      offset: match.index,
      place: placeAt(source, match.index, whole.length),
      message: 'this comment is Jinja',
      hint,
    };
  });
  return [...found, ...comments].toSorted((a, b) => a.offset - b.offset);
}

/** What a mustache that makes no sense to Handlebars was meant to be. */
export function explainForeign({ inner, sign, place, whole }: Mustache): TextProblem | undefined {
  const code = inner.replace(/^-|-$/g, '').trim();
  const go = goProblem({ inner, sign, place, whole });
  if (go !== undefined) return go;
  if (code !== inner) {
    return {
      place,
      message: `\`${oneLine(whole)}\` trims whitespace the way of Jinja and Go`,
      hint: `Write {{~${code}~}}.`,
    };
  }
  const isCondition = sign === '#' && /^(?:if|unless)\s/.test(code);
  const expression = parseJinja(isCondition ? code.replace(/^\w+\s+/, '') : code);
  if (expression === undefined) return undefined;
  const written = toHandlebars(expression, helpers);
  const message = `\`${oneLine(whole)}\` is Jinja`;
  if (written === undefined) {
    return { place, message, hint: 'Templates are Handlebars: see docs/templates.md for the helpers.' };
  }
  if (written === code) return undefined;
  const shown = isCondition ? `#if ${written.includes(' ') ? `(${written})` : written}` : written;
  return { place, message, hint: `Write {{${shown}}}.` };
}

function goProblem({ inner, place, whole }: Mustache): TextProblem | undefined {
  if (!isGoTemplate(inner.replace(/^-|-$/g, '').trim())) return undefined;
  const hint = String.raw`To keep it as it is, write \{{ before it, or put it between {{{{raw}}}} and {{{{/raw}}}}.`;
  return { place, message: `\`${oneLine(whole)}\` looks like a Go template`, hint };
}

function isGoTemplate(code: string): boolean {
  return (
    /^(?:\.|\$)(?:$|[\w.])/.test(code) ||
    /^(?:template|define|block|include)\s+"/.test(code) ||
    /^(?:range|with|if|else if|printf?|println|toYaml|index)\b.*(?:\s|\()[.$]/.test(code) ||
    /:=/.test(code)
  );
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
