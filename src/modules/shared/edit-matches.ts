import { expandReplacement, pythonRegex } from './python-regex.ts';

/** What `replace` is to do; Ansible's rules. */
export interface MatchEdit {
  readonly regexp: string;
  /** May refer to groups: `\1`, `\g<name>`. */
  readonly replacement: string;
  /** Expressions: only what stands behind the first match of one, before the other, is changed. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** The text with every match replaced; undefined when `after` and `before` fit nowhere. `^` and `$` mean lines. */
export function replaceMatches(text: string, edit: MatchEdit): string | undefined {
  const [start, end] = findSection(text, edit) ?? [];
  if (start === undefined || end === undefined) return undefined;
  const expression = pythonRegex(edit.regexp, { multiline: true });
  const section = text.slice(start, end);
  let result = '';
  let done = 0;
  for (const match of expression.all(section)) {
    result += section.slice(done, match.index) + expandReplacement(edit.replacement, match);
    done = match.index + match[0].length;
  }
  return text.slice(0, start) + result + section.slice(done) + text.slice(end);
}

function findSection(text: string, { after, before }: MatchEdit): readonly [number, number] | undefined {
  if (after === undefined && before === undefined) return [0, text.length];
  const inner = after !== undefined && before !== undefined ? '(?P<subsection>.*?)' : '(?P<subsection>.*)';
  const match = pythonRegex(`${after ?? ''}${inner}${before ?? ''}`, { dotAll: true }).first(text);
  return match?.indices?.groups?.['subsection'];
}
