/** A word of an argument text, quotes and templates kept, with its offset. */
export interface Word {
  readonly text: string;
  readonly offset: number;
}

/** `name=value` with the quotes taken off. */
export interface Pair {
  readonly name: string;
  readonly value: string;
  readonly offset: number;
}

export interface FreeForm {
  readonly pairs: readonly Pair[];
  /** What is left when the pairs are taken out; empty when nothing is. */
  readonly rest: string;
}

/** Arguments that may stand among the words of a command; every other `a=b` there belongs to the command. */
const besideCommands = new Set(['chdir', 'creates', 'executable', 'removes', 'stdin']);

/**
 * What a text is to a module: arguments alone; a text of its own, unless it is nothing but arguments; or a command, which
 * keeps its `a=b` words.
 */
export type FreeFormKind = 'arguments' | 'text' | 'command';

/**
 * Reads the old way to write arguments: `copy: src=a dest="b c"`. Words end at blanks outside quotes and `{{ }}`, as in
 * Ansible. Undefined when a quote or a `{{` stays open.
 */
export function parseFreeForm(text: string, kind: FreeFormKind): FreeForm | undefined {
  const words = splitWords(text);
  if (words === undefined) return undefined;
  const pairs = words.map(readPair);
  const onlyPairs = pairs.every((pair) => pair !== undefined);
  const isTaken = (pair: Pair | undefined): pair is Pair =>
    pair !== undefined && (kind === 'command' ? besideCommands.has(pair.name) : kind === 'arguments' || onlyPairs);
  const others = words.filter((_, i) => !isTaken(pairs[i]));
  return { pairs: pairs.filter(isTaken), rest: others.length === words.length ? text : cutOut(text, words, others) };
}

/** The text from the first to the last of `kept`, without the other words. */
function cutOut(text: string, words: readonly Word[], kept: readonly Word[]): string {
  const out = words.filter((word) => !kept.includes(word));
  let rest = text;
  for (const { offset, text: word } of out.toReversed()) {
    rest = rest.slice(0, offset) + rest.slice(offset + word.length).replace(/^[ \t]+/, '');
  }
  return rest.trim();
}

/** Splits at blanks outside quotes and templates. Undefined when one of them stays open. */
export function splitWords(text: string): readonly Word[] | undefined {
  const words: Word[] = [];
  let start: number | undefined;
  let quote: string | undefined;
  let braces = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const isBlank = /\s/.test(char);
    if (isBlank && quote === undefined && braces === 0) {
      if (start !== undefined) words.push({ text: text.slice(start, i), offset: start });
      start = undefined;
      continue;
    }
    start ??= isBlank ? undefined : i;
    if (text.startsWith('{{', i)) braces += 1;
    else if (text.startsWith('}}', i)) braces = Math.max(0, braces - 1);
    else if ((char === '"' || char === "'") && text[i - 1] !== '\\' && braces === 0) {
      if (quote === undefined) quote = char;
      else if (quote === char) quote = undefined;
    }
    // Both braces at once, so that `{{{` counts as one opening.
    if (text.startsWith('{{', i) || text.startsWith('}}', i)) i += 1;
  }
  if (quote !== undefined || braces > 0) return undefined;
  if (start !== undefined) words.push({ text: text.slice(start), offset: start });
  return words;
}

function readPair({ text, offset }: Word): Pair | undefined {
  const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value: unquote(value), offset };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" };

function unquote(value: string): string {
  const [, , inner] = /^(["'])([^]*)\1$/.exec(value) ?? [];
  return (inner ?? value).replaceAll(/\\([ntr\\"'])/g, (whole, char: string) => escapes[char] ?? whole);
}
