import { assertNever } from '../../base/assert-never.ts';
import type { HelperTable } from '../helper.ts';
import type { Jinja, JinjaArguments } from './jinja.ts';

/**
 * A Jinja expression as Handlebars writes it, without the braces: `x | default('y')` is `default x "y"`. Undefined when
 * there is no such way. `helpers` are the ones that exist.
 */
export function toHandlebars(expression: Jinja, helpers: HelperTable): string | undefined {
  const written = argument(expression, helpers);
  return written?.startsWith('(') ? written.slice(1, -1) : written;
}

const operators: Readonly<Record<string, string>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  and: 'and',
  or: 'or',
  in: 'in',
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'mod',
  '~': 'concat',
};

function argument(expression: Jinja, helpers: HelperTable): string | undefined {
  const inner = (one: Jinja) => argument(one, helpers);
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? quoted(expression.value) : String(expression.value);
    case 'name':
      return expression.name;
    case 'member':
      return path(inner(expression.of), expression.name);
    case 'item':
      return item(inner(expression.of), expression.index, helpers);
    case 'not':
      return call('not', [inner(expression.of)]);
    case 'binary': {
      const name = operators[expression.op];
      return name === undefined ? undefined : call(name, [inner(expression.left), inner(expression.right)]);
    }
    case 'conditional':
      return call('ternary', [inner(expression.test), inner(expression.yes), inner(expression.no)]);
    case 'filter':
      return helpers[expression.name] === undefined
        ? undefined
        : call(expression.name, [inner(expression.of), ...words(expression, helpers)]);
    case 'test':
      return test(expression, helpers);
    case 'call':
      return method(expression, helpers);
    case 'list':
      return call('array', expression.items.map(inner));
    default:
      return assertNever(expression);
  }
}

/** Handlebars' texts know one escape, the quote's. */
function quoted(text: string): string {
  return text.includes('"') && !text.includes("'") ? `'${text}'` : `"${text.replaceAll('"', String.raw`\"`)}"`;
}

function call(name: string, args: readonly (string | undefined)[]): string | undefined {
  return args.includes(undefined) ? undefined : `(${[name, ...args].join(' ')})`;
}

function words({ args, named }: JinjaArguments, helpers: HelperTable): readonly (string | undefined)[] {
  const pairs = [...named].map(([name, value]) => {
    const written = argument(value, helpers);
    return written === undefined ? undefined : `${name}=${written}`;
  });
  return [...args.map((one) => argument(one, helpers)), ...pairs];
}

function path(of: string | undefined, name: string | number): string | undefined {
  if (of === undefined) return undefined;
  const isPlain = typeof name === 'string' && /^[A-Za-z_][\w-]*$/.test(name);
  if (of.startsWith('(')) return `(lookup ${of} ${JSON.stringify(name)})`;
  return isPlain ? `${of}.${name}` : `${of}.[${name}]`;
}

function item(of: string | undefined, index: Jinja, helpers: HelperTable): string | undefined {
  if (index.kind !== 'literal') return call('lookup', [of, argument(index, helpers)]);
  if (index.value === -1) return call('last', [of]);
  const { value } = index;
  return typeof value === 'string' || typeof value === 'number' ? path(of, value) : undefined;
}

function test(expression: Extract<Jinja, { kind: 'test' }>, helpers: HelperTable): string | undefined {
  const of = argument(expression.of, helpers);
  const [first, second] = words(expression, helpers);
  const written = positiveTest(expression.name, of, first, second);
  return expression.negated ? call('not', [written]) : written;
}

function positiveTest(name: string, of: string | undefined, first: string | undefined, second: string | undefined) {
  switch (name) {
    case 'defined':
      return call('defined', [of]);
    case 'undefined':
      return call('not', [call('defined', [of])]);
    case 'none':
      return call('eq', [of, 'null']);
    case 'equalto':
    case 'eq':
      return call('eq', [of, first]);
    case 'in':
      return call('in', [of, first]);
    case 'version':
      return call('version', [of, second ?? '"=="', first]);
    case 'search':
    case 'match':
      return call('regex_search', [of, first]);
    case 'changed':
    case 'failed':
    case 'skipped':
      return path(of, name);
    default:
      return undefined;
  }
}

const methods: Readonly<Record<string, string>> = {
  split: 'split',
  lower: 'lower',
  upper: 'upper',
  strip: 'trim',
  replace: 'replace',
  keys: 'keys',
  values: 'values',
  items: 'dict2items',
};

/** `x.split(',')`, `d.get('k')`, `lookup('env', 'HOME')`. */
function method(expression: Extract<Jinja, { kind: 'call' }>, helpers: HelperTable): string | undefined {
  const { of, args } = expression;
  const given = words(expression, helpers);
  if (of.kind === 'name' && of.name === 'lookup' && args[0]?.kind === 'literal' && args[0].value === 'env') {
    return call('env', given.slice(1));
  }
  if (of.kind === 'name' && of.name === 'range') return call('range', given);
  if (of.kind !== 'member') return undefined;
  const subject = argument(of.of, helpers);
  const name = methods[of.name];
  if (name !== undefined) return call(name, [subject, ...given]);
  if (of.name === 'get') return call('default', [call('lookup', [subject, given[0]]), given[1] ?? 'null']);
  // "a,b".join(list) has its arguments the other way round.
  return of.name === 'join' ? call('join', [given[0], subject]) : undefined;
}
