import type { Value } from '../../base/value.ts';
import { HelperError, number, text, toText } from '../helper.ts';
import type { Helper, HelperTable } from '../helper.ts';

export const numberHelpers: HelperTable = {
  int: {
    usage: 'int value [fallback]',
    summary: 'A whole number, read from text if need be; the fallback (0) when it is none. `base=` reads other bases.',
    named: ['base', 'default'],
    run: ([value, fallback], { named }) => {
      const base = number(named['base'] ?? 10, 'the base');
      const read = typeof value === 'boolean' ? Number(value) : toInt(value ?? null, base);
      return read ?? number(fallback ?? named['default'] ?? 0, 'the fallback');
    },
  },
  float: {
    usage: 'float value [fallback]',
    summary: 'A number, read from text if need be; the fallback (0) when it is none.',
    run: ([value, fallback = 0]) => {
      const read = typeof value === 'number' ? value : Number.parseFloat(text(value));
      return Number.isFinite(read) ? read : number(fallback, 'the fallback');
    },
  },
  string: {
    usage: 'string value',
    summary: 'Text; lists and mappings as JSON.',
    run: ([value = null]) => toText(value),
  },
  add: arithmetic('add', 'The sum; a text with a text and a list with a list are joined.', (a, b) => a + b),
  sub: arithmetic('sub', 'The difference.', (a, b) => a - b),
  mul: arithmetic('mul', 'The product.', (a, b) => a * b),
  div: arithmetic('div', 'The quotient, with its fraction.', (a, b) => a / b),
  mod: arithmetic('mod', 'The remainder, with the sign of the divisor.', (a, b) => ((a % b) + b) % b),
  abs: { usage: 'abs number', summary: 'Without its sign.', run: ([value]) => Math.abs(number(value)) },
  round: {
    usage: 'round number [digits] [method]',
    summary: 'Rounded to so many digits (0); the method is "common", "floor" or "ceil".',
    run: ([value, digits = 0, method = 'common']) => {
      const scale = 10 ** number(digits, 'the digits');
      const round = { common: Math.round, floor: Math.floor, ceil: Math.ceil }[text(method, 'the method')];
      if (round === undefined) throw new HelperError('the method must be "common", "floor" or "ceil"');
      return round(number(value) * scale) / scale;
    },
  },
};

function toInt(value: Value, base: number): number | undefined {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  if (base === 10) return /^[-+]?\d+(\.\d*)?$/.test(trimmed) ? Math.trunc(Number(trimmed)) : undefined;
  const read = Number.parseInt(trimmed, base);
  return Number.isNaN(read) ? undefined : read;
}

function arithmetic(name: string, summary: string, run: (a: number, b: number) => number): Helper {
  return {
    usage: `${name} a b`,
    summary,
    run: ([a, b]) => {
      if (name === 'add' && typeof a === 'string' && typeof b === 'string') return a + b;
      if (name === 'add' && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
      const result = run(number(a), number(b));
      if (Number.isFinite(result)) return result;
      throw new HelperError('a number cannot be divided by 0');
    },
  };
}
