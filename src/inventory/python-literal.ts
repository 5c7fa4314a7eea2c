import type { Value } from '../base/value.ts';

/**
 * A value of an INI inventory as Ansible reads it: what is a Python literal becomes that value (`1` a number, `True` a
 * boolean, `[1, 2]` and `1,2` lists, `{"a": 1}` a mapping), everything else stays text. So `yes`, `true` and `007` are text.
 */
export function readPythonLiteral(text: string): Value {
  const reader = new Reader(text.trim());
  try {
    const value = reader.tuple();
    return reader.isAtEnd() ? value : text;
  } catch (error) {
    if (error instanceof NotLiteral) return text;
    throw error;
  }
}

class NotLiteral extends Error {}

const numberPattern =
  /[-+]?(?:0[xX][\da-fA-F](?:_?[\da-fA-F])*|0[oO][0-7](?:_?[0-7])*|0[bB][01](?:_?[01])*|(?:\d(?:_?\d)*)?\.?\d(?:_?\d)*\.?(?:[eE][-+]?\d+)?)(?![\w.])/y;
const stringPattern = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const namePattern = /(?:True|False|None)\b/y;
const spacePattern = /(?:\s|#[^\n]*)*/y;
const maxDepth = 50;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#match(spacePattern);
    return this.#at === this.#text.length;
  }

  /** A value, or several with commas between them: Python needs no parentheses for that. */
  tuple(): Value {
    const first = this.#value();
    if (!this.#take(',')) return first;
    const items: Value[] = [first];
    while (!this.isAtEnd()) {
      items.push(this.#value());
      if (!this.#take(',')) break;
    }
    return items;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }

  #take(sign: string): boolean {
    this.#match(spacePattern);
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  #value(): Value {
    if (++this.#depth > maxDepth) throw new NotLiteral();
    this.#match(spacePattern);
    const value = this.#scalar() ?? this.#collection();
    this.#depth--;
    return value === none ? null : value;
  }

  #scalar(): Exclude<Value, null> | typeof none | undefined {
    const name = this.#match(namePattern);
    if (name !== undefined) return name === 'None' ? none : name === 'True';
    const string = this.#match(stringPattern);
    if (string !== undefined) return unescape(string.slice(1, -1));
    const number = this.#match(numberPattern);
    return number === undefined ? undefined : toNumber(number);
  }

  #collection(): Exclude<Value, null> {
    if (this.#take('[')) return this.#items(']');
    if (this.#take('(')) return this.#group();
    if (this.#take('{')) return this.#members();
    throw new NotLiteral();
  }

  #items(close: string): readonly Value[] {
    const items: Value[] = [];
    while (!this.#take(close)) {
      items.push(this.#value());
      if (this.#take(',')) continue;
      if (!this.#take(close)) throw new NotLiteral();
      break;
    }
    return items;
  }

  /** `(1, 2)` is a list for us; `(1)` is just 1. */
  #group(): Exclude<Value, null> {
    const start = this.#at;
    const items = this.#items(')');
    const isPlain = items.length === 1 && !/,\s*\)$/.test(this.#text.slice(start, this.#at));
    return isPlain ? (items[0] ?? items) : items;
  }

  #members(): Exclude<Value, null> {
    const members: Record<string, Value> = Object.create(null);
    while (!this.#take('}')) {
      const name = this.#value();
      if (typeof name === 'object' || !this.#take(':')) throw new NotLiteral();
      members[String(name)] = this.#value();
      if (this.#take(',')) continue;
      if (!this.#take('}')) throw new NotLiteral();
      break;
    }
    return members;
  }
}

/** Stands for Python's None while `undefined` means "no scalar". */
const none = Symbol('None');

function toNumber(text: string): number {
  const bare = text.replaceAll('_', '');
  // A zero in front is no number for Python 3, except for 0 itself and fractions.
  if (/^[-+]?0\d*[1-9]\d*$/.test(bare)) throw new NotLiteral();
  const prefixed = /^([-+]?)(0[xXoObB].*)$/.exec(bare);
  const number = prefixed === null ? Number(bare) : Number(`${prefixed[2]}`) * (prefixed[1] === '-' ? -1 : 1);
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number) && !/[.eE]/.test(bare))) {
    throw new NotLiteral();
  }
  return number;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '0': '\0',
};

function unescape(text: string): string {
  return text.replaceAll(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|.)/g, (escape, what: string) => {
    if (what.length > 1) return String.fromCodePoint(Number.parseInt(what.slice(1), 16));
    return escapes[what] ?? escape;
  });
}
