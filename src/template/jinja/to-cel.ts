import { assertNever } from '../../base/assert-never.ts';
import type { Jinja } from './jinja.ts';

/** A Jinja condition as CEL writes it: `x is defined and y` is `defined(x) && y`. Undefined when there is no such way. */
export function toCel(expression: Jinja): string | undefined {
  return print(expression, 0);
}

/** How tightly operators bind in CEL: parentheses are written where a looser one stands inside. */
const precedence: Readonly<Record<string, number>> = { '?': 1, or: 2, and: 3, compare: 4, '+': 5, '*': 6, not: 7 };
const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);

function print(expression: Jinja, outer: number): string | undefined {
  switch (expression.kind) {
    case 'literal':
      return JSON.stringify(expression.value);
    case 'name':
      return expression.name;
    case 'member':
      return fill`${print(expression.of, 9)}.${expression.name}`;
    case 'item':
      return fill`${print(expression.of, 9)}[${print(expression.index, 0)}]`;
    case 'list':
      return fill`[${join(expression.items)}]`;
    case 'not':
      return group(fill`!${print(expression.of, precedence['not'] ?? 0)}`, 'not', outer);
    case 'conditional': {
      const { test, yes, no } = expression;
      return group(fill`${print(test, 2)} ? ${print(yes, 2)} : ${print(no, 2)}`, '?', outer);
    }
    case 'binary':
      return printBinary(expression, outer);
    case 'filter':
      return printFilter(expression);
    case 'test':
      return printTest(expression, outer);
    case 'call':
      return printMethod(expression);
    default:
      return assertNever(expression);
  }
}

/** A template string that is undefined when one of its words is. */
function fill(strings: TemplateStringsArray, ...words: readonly (string | undefined)[]): string | undefined {
  return words.includes(undefined) ? undefined : String.raw({ raw: strings }, ...words);
}

function join(items: readonly Jinja[]): string | undefined {
  const written = items.map((one) => print(one, 0));
  return written.includes(undefined) ? undefined : written.join(', ');
}

function group(text: string | undefined, operator: string, outer: number): string | undefined {
  return (precedence[operator] ?? 0) < outer ? fill`(${text})` : text;
}

function printBinary({ op, left, right }: Extract<Jinja, { kind: 'binary' }>, outer: number): string | undefined {
  const signs: Readonly<Record<string, string>> = { and: '&&', or: '||', '~': '+' };
  const sign = signs[op] ?? op;
  if (sign === '//') return undefined;
  const kind = kindOf(op);
  const level = precedence[kind] ?? 0;
  return group(fill`${print(left, level)} ${sign} ${print(right, level + 1)}`, kind, outer);
}

function kindOf(op: string): string {
  if (comparisons.has(op)) return 'compare';
  if (op === 'and' || op === 'or') return op;
  return ['*', '/', '%'].includes(op) ? '*' : '+';
}

const functions: Readonly<Record<string, string>> = {
  int: 'int',
  bool: 'bool',
  float: 'double',
  string: 'string',
  length: 'size',
  count: 'size',
};
const methods: Readonly<Record<string, string>> = {
  lower: 'lower',
  upper: 'upper',
  trim: 'trim',
  strip: 'trim',
  join: 'join',
  split: 'split',
  replace: 'replace',
  startswith: 'startsWith',
  endswith: 'endsWith',
  regex_search: 'matches',
};

function printFilter({ of, name, args, named }: Extract<Jinja, { kind: 'filter' }>): string | undefined {
  if (name === 'default' || name === 'd') return fill`default(${print(of, 0)}, ${args[0] ? print(args[0], 0) : '""'})`;
  if (name === 'list') return print(of, 9);
  if (name === 'first') return fill`${print(of, 9)}[0]`;
  const attribute = named.get('attribute');
  if (name === 'map' && attribute?.kind === 'literal') {
    return fill`${print(of, 9)}.map(i, i.${String(attribute.value)})`;
  }
  if (name === 'selectattr' || name === 'rejectattr') return printSelection(of, args, name === 'rejectattr');
  const plain = functions[name];
  if (plain !== undefined) return fill`${plain}(${print(of, 0)})`;
  const method = methods[name];
  return method === undefined ? undefined : fill`${print(of, 9)}.${method}(${join(args)})`;
}

function printSelection(of: Jinja, [name, test, value]: readonly Jinja[], rejects: boolean): string | undefined {
  if (name?.kind !== 'literal') return undefined;
  const member: Jinja = { kind: 'member', of: { kind: 'name', name: 'i' }, name: String(name.value) };
  const tested: Jinja =
    test?.kind === 'literal'
      ? {
          kind: 'test',
          of: member,
          name: String(test.value),
          negated: false,
          args: value ? [value] : [],
          named: new Map(),
        }
      : member;
  const condition = rejects ? print({ kind: 'not', of: tested }, 0) : print(tested, 0);
  return fill`${print(of, 9)}.filter(i, ${condition})`;
}

function printTest(expression: Extract<Jinja, { kind: 'test' }>, outer: number): string | undefined {
  const { of, name, negated, args } = expression;
  if (name === 'undefined') return printTest({ ...expression, name: 'defined', negated: !negated }, outer);
  const [first, second] = args;
  const binary = (op: string, right: Jinja): Jinja => ({ kind: 'binary', op, left: of, right });
  const comparison = comparisonOf(name, first, binary);
  if (comparison !== undefined) return print(negated ? { kind: 'not', of: comparison } : comparison, outer);
  const call = testCall(name, of, first, second);
  return negated ? fill`!${call}` : call;
}

function comparisonOf(name: string, first: Jinja | undefined, binary: (op: string, right: Jinja) => Jinja) {
  if (name === 'none' || name === 'true' || name === 'false') {
    return binary('==', { kind: 'literal', value: name === 'none' ? null : name === 'true' });
  }
  if (first === undefined) return undefined;
  const op = { equalto: '==', eq: '==', '==': '==', ne: '!=', in: 'in', lt: '<', gt: '>', le: '<=', ge: '>=' }[name];
  return op === undefined ? undefined : binary(op, first);
}

function testCall(name: string, of: Jinja, first: Jinja | undefined, second: Jinja | undefined): string | undefined {
  const subject = print(of, 0);
  if (name === 'defined') return fill`defined(${subject})`;
  if (['succeeded', 'success', 'failed', 'changed', 'skipped'].includes(name)) {
    return fill`${name === 'success' ? 'succeeded' : name}(${subject})`;
  }
  if (first === undefined) return undefined;
  if (name === 'version') return fill`version(${subject}, ${second ? print(second, 0) : '"=="'}, ${print(first, 0)})`;
  const isPattern = name === 'search' || name === 'match' || name === 'regex';
  if (!isPattern) return undefined;
  const anchored = name === 'match' && first.kind === 'literal' ? JSON.stringify(`^${first.value}`) : print(first, 0);
  return fill`${print(of, 9)}.matches(${anchored})`;
}

function printMethod({ of, args }: Extract<Jinja, { kind: 'call' }>): string | undefined {
  if (of.kind !== 'member') return undefined;
  if (of.name === 'get' && args[0] !== undefined) {
    const fallback = args[1] ? print(args[1], 0) : 'null';
    return fill`default(${print(of.of, 9)}[${print(args[0], 0)}], ${fallback})`;
  }
  const method = methods[of.name];
  return method === undefined ? undefined : fill`${print(of.of, 9)}.${method}(${join(args)})`;
}
