/**
 * A reader of Jinja expressions, for one purpose: to answer people who write them with the way to write them here.
 * Precedence as in Jinja 3: conditional, or, and, not, comparisons, `~`, `+ -`, `* / // %`, unary minus, postfix.
 */
export type Jinja =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Jinja; readonly name: string }
  | { readonly kind: 'item'; readonly of: Jinja; readonly index: Jinja }
  | ({ readonly kind: 'call'; readonly of: Jinja } & JinjaArguments)
  | ({ readonly kind: 'filter'; readonly of: Jinja; readonly name: string } & JinjaArguments)
  | ({ readonly kind: 'test'; readonly of: Jinja; readonly name: string; readonly negated: boolean } & JinjaArguments)
  | { readonly kind: 'not'; readonly of: Jinja }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Jinja; readonly right: Jinja }
  | { readonly kind: 'conditional'; readonly test: Jinja; readonly yes: Jinja; readonly no: Jinja }
  | { readonly kind: 'list'; readonly items: readonly Jinja[] };

export interface JinjaArguments {
  readonly args: readonly Jinja[];
  readonly named: ReadonlyMap<string, Jinja>;
}

/** Undefined when the text is no Jinja expression that we know. */
export function parseJinja(text: string): Jinja | undefined {
  const tokens = tokenise(text);
  if (tokens === undefined) return undefined;
  const parser = new Parser(tokens);
  try {
    return parser.whole();
  } catch (error) {
    if (error instanceof NotJinja) return undefined;
    throw error;
  }
}

class NotJinja extends Error {}

interface Token {
  readonly type: 'string' | 'number' | 'word' | 'sign' | 'end';
  readonly text: string;
}

const tokenPattern =
  /\s*(?:(?<string>"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_]\w*)|(?<sign>==|!=|<=|>=|\/\/|[-+*/%~<>|.,()[\]=:]))/y;

function tokenise(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < trimmed.length) {
    const groups = tokenPattern.exec(trimmed)?.groups;
    if (groups === undefined) return undefined;
    for (const type of ['string', 'number', 'word', 'sign'] as const) {
      const found = groups[type];
      if (found !== undefined) tokens.push({ type, text: found });
    }
  }
  return tokens.length > 200 ? undefined : tokens;
}

const end: Token = { type: 'end', text: '' };
const constants: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};
/** Unknown escapes keep their backslash, as in Python: '\\w' is two characters. */
function unescape(text: string): string {
  const known: Readonly<Record<string, string>> = { '\\': '\\', "'": "'", '"': '"', n: '\n', t: '\t' };
  return text.replaceAll(/\\([^])/g, (escape, letter: string) => known[letter] ?? escape);
}

const reserved = new Set(['and', 'or', 'not', 'is', 'in', 'if', 'else']);
/** Binary operators from loose to tight. */
const levels: readonly (readonly string[])[] = [['~'], ['+', '-'], ['*', '/', '//', '%']];
const comparisons = ['==', '!=', '<=', '>=', '<', '>'];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Jinja {
    const expression = this.#conditional();
    if (this.#next.type !== 'end') throw new NotJinja();
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? end;
  }

  /** Takes the next token when it is this sign or word. */
  #take(...texts: readonly string[]): string | undefined {
    const { type, text } = this.#next;
    if ((type !== 'sign' && type !== 'word') || !texts.includes(text)) return undefined;
    this.#at++;
    return text;
  }

  #expect(text: string): void {
    if (this.#take(text) === undefined) throw new NotJinja();
  }

  #word(): string {
    const { type, text } = this.#next;
    if (type !== 'word') throw new NotJinja();
    this.#at++;
    return text;
  }

  #conditional(): Jinja {
    const yes = this.#or();
    if (this.#take('if') === undefined) return yes;
    const test = this.#or();
    this.#expect('else');
    return { kind: 'conditional', test, yes, no: this.#conditional() };
  }

  #or(): Jinja {
    let left = this.#and();
    while (this.#take('or') !== undefined) left = { kind: 'binary', op: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Jinja {
    let left = this.#not();
    while (this.#take('and') !== undefined) left = { kind: 'binary', op: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Jinja {
    return this.#take('not') === undefined ? this.#comparison() : { kind: 'not', of: this.#not() };
  }

  #comparison(): Jinja {
    let left = this.#binary(0);
    for (;;) {
      const op = this.#take(...comparisons, 'in') ?? this.#notIn();
      if (op === undefined) return left;
      const compared: Jinja = { kind: 'binary', op: op === 'not in' ? 'in' : op, left, right: this.#binary(0) };
      left = op === 'not in' ? { kind: 'not', of: compared } : compared;
    }
  }

  #notIn(): string | undefined {
    if (this.#next.text !== 'not' || this.#tokens[this.#at + 1]?.text !== 'in') return undefined;
    this.#at += 2;
    return 'not in';
  }

  #binary(level: number): Jinja {
    const ops = levels[level];
    if (ops === undefined) return this.#postfix(this.#primary());
    let left = this.#binary(level + 1);
    for (let op = this.#take(...ops); op !== undefined; op = this.#take(...ops)) {
      left = { kind: 'binary', op, left, right: this.#binary(level + 1) };
    }
    return left;
  }

  #primary(): Jinja {
    const { type, text } = this.#next;
    if (type === 'end') throw new NotJinja();
    this.#at++;
    if (type === 'number') return { kind: 'literal', value: Number(text) };
    if (type === 'string') return { kind: 'literal', value: unescape(text.slice(1, -1)) };
    if (type === 'word') return this.#name(text);
    if (text === '(') return this.#closed(this.#conditional(), ')');
    if (text === '[') return { kind: 'list', items: this.#arguments(']').args };
    if (text === '-' && this.#next.type === 'number') return this.#negative();
    throw new NotJinja();
  }

  #negative(): Jinja {
    const { text } = this.#next;
    this.#at++;
    return { kind: 'literal', value: -Number(text) };
  }

  #name(text: string): Jinja {
    if (reserved.has(text)) throw new NotJinja();
    const constant = Object.hasOwn(constants, text) ? constants[text] : undefined;
    return constant === undefined ? { kind: 'name', name: text } : { kind: 'literal', value: constant };
  }

  #closed(inner: Jinja, close: string): Jinja {
    this.#expect(close);
    return inner;
  }

  #postfix(first: Jinja): Jinja {
    let of = first;
    for (;;) {
      const sign = this.#take('.', '[', '(', '|', 'is');
      if (sign === undefined) return of;
      of = this.#extend(of, sign);
    }
  }

  #extend(of: Jinja, sign: string): Jinja {
    if (sign === '(') return { kind: 'call', of, ...this.#arguments(')') };
    if (sign === '[') return { kind: 'item', of, index: this.#closed(this.#conditional(), ']') };
    if (sign === '|') return { kind: 'filter', of, name: this.#dotted(), ...this.#optionalArguments() };
    if (sign === 'is') return this.#test(of);
    if (this.#next.type !== 'number') return { kind: 'member', of, name: this.#word() };
    const index: Jinja = { kind: 'literal', value: Number(this.#next.text) };
    this.#at++;
    return { kind: 'item', of, index };
  }

  /** Filters may be written with their collection: `ansible.builtin.combine`. */
  #dotted(): string {
    let name = this.#word();
    while (this.#take('.') !== undefined) name = this.#word();
    return name;
  }

  #test(of: Jinja): Jinja {
    const negated = this.#take('not') !== undefined;
    const name = this.#dotted();
    const { type, text } = this.#next;
    const hasBareArgument = type === 'string' || type === 'number' || (type === 'word' && !reserved.has(text));
    const given = hasBareArgument ? { args: [this.#primary()], named: new Map() } : this.#optionalArguments();
    return { kind: 'test', of, name, negated, ...given };
  }

  #optionalArguments(): JinjaArguments {
    return this.#take('(') === undefined ? { args: [], named: new Map() } : this.#arguments(')');
  }

  #arguments(close: string): JinjaArguments {
    const args: Jinja[] = [];
    const named = new Map<string, Jinja>();
    while (this.#take(close) === undefined) {
      const isNamed = this.#next.type === 'word' && this.#tokens[this.#at + 1]?.text === '=';
      const name = isNamed ? this.#word() : undefined;
      if (isNamed) this.#expect('=');
      const value = this.#conditional();
      if (name === undefined) args.push(value);
      else named.set(name, value);
      if (this.#take(',') === undefined && this.#next.text !== close) throw new NotJinja();
    }
    return { args, named };
  }
}
