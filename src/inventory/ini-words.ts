/** A word of an INI host line. */
export interface IniWord {
  /** With its quotes removed. */
  readonly text: string;
  /** Counted from 0. */
  readonly start: number;
  readonly end: number;
}

/** Why a line cannot be split. */
export class IniWordProblem extends Error {
  readonly start: number;
  readonly hint: string;

  constructor(message: string, start: number, hint: string) {
    super(message);
    this.start = start;
    this.hint = hint;
  }
}

/**
 * Splits a host line as a POSIX shell would (Python's `shlex`, which Ansible uses): quotes group and disappear, a backslash
 * takes the next character as it is, `#` starts a comment. Inside a word, where Ansible silently drops the rest, it is refused.
 * @throws IniWordProblem
 */
export function splitIniWords(line: string): readonly IniWord[] {
  const words: IniWord[] = [];
  let at = 0;
  while (at < line.length) {
    const gap = /^\s+/.exec(line.slice(at));
    if (gap !== null) {
      at += gap[0].length;
      continue;
    }
    if (line[at] === '#') break;
    const word = readWord(line, at);
    words.push(word);
    at = word.end;
  }
  return words;
}

function readWord(line: string, start: number): IniWord {
  let text = '';
  let at = start;
  while (at < line.length && !/\s/.test(line.charAt(at))) {
    const char = line.charAt(at);
    if (char === '#') {
      const hint = 'Put quotes around the value, or a space before the comment.';
      throw new IniWordProblem('everything after `#` is a comment, also inside a word', at, hint);
    }
    const part = char === '"' || char === "'" ? readQuoted(line, at) : readPlain(line, at);
    text += part.text;
    at = part.end;
  }
  return { text, start, end: at };
}

interface Part {
  readonly text: string;
  readonly end: number;
}

function readPlain(line: string, at: number): Part {
  if (line[at] === '\\' && at + 1 < line.length) return { text: line.charAt(at + 1), end: at + 2 };
  return { text: line.charAt(at), end: at + 1 };
}

function readQuoted(line: string, start: number): Part {
  const quote = line.charAt(start);
  let text = '';
  for (let at = start + 1; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === quote) return { text, end: at + 1 };
    const next = line.charAt(at + 1);
    // In double quotes a backslash escapes itself and the quote only.
    const isEscape = char === '\\' && quote === '"' && (next === '"' || next === '\\');
    text += isEscape ? next : char;
    if (isEscape) at++;
  }
  throw new IniWordProblem('the quote is never closed', start, `Write ${quote} at the end of the value.`);
}
