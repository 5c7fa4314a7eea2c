import type { Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { isValues } from '../base/value.ts';
import type { Value, Values } from '../base/value.ts';
import { parseFreeForm } from '../playbook/free-form.ts';
import { textOf } from '../playbook/yaml-node.ts';

const maxItems = 100_000;

/**
 * The texts of `with_sequence`: "start=1 end=9 stride=2 format=web%02d", or the same as a mapping; `count` instead of `end`.
 * @throws ConfigError
 */
export function sequence(value: Value, span: Span): readonly string[] {
  const given = isValues(value) ? value : parsed(value, span);
  const number = (name: string): number | undefined => {
    if (given[name] === undefined) return undefined;
    const found = Number(given[name]);
    if (Number.isInteger(found)) return found;
    throw ConfigError.at(span, `\`${name}\` of a sequence must be a whole number, not "${textOf(given[name])}"`);
  };
  const { start = 1, stride = 1 } = { start: number('start'), stride: number('stride') };
  const [end, count] = [number('end'), number('count')];
  if ((end === undefined) === (count === undefined)) {
    throw ConfigError.at(span, 'a sequence needs `end` or `count`', 'Write "start=1 end=5", or "count=5".');
  }
  if (stride === 0) throw ConfigError.at(span, '`stride` of a sequence cannot be 0');
  const length = count ?? Math.floor(((end ?? start) - start) / stride) + 1;
  if (length > maxItems) throw ConfigError.at(span, `a sequence of ${length} items is too long`);
  const { format = '%d' } = given;
  return Array.from({ length: Math.max(0, length) }, (_, i) => printed(textOf(format), start + i * stride, span));
}

function parsed(value: Value, span: Span): Values {
  const form = typeof value === 'string' ? parseFreeForm(value, 'arguments') : undefined;
  if (form === undefined || form.rest !== '') {
    throw ConfigError.at(span, 'this is no sequence', 'Write "start=1 end=5 stride=2 format=web%02d".');
  }
  return Object.fromEntries(form.pairs.map(({ name, value: text }) => [name, text]));
}

const bases: Readonly<Record<string, number>> = { d: 10, x: 16, o: 8 };

/** The part of C's printf that formats one whole number: %d, %02d, %x, %o, %%. */
function printed(format: string, number: number, span: Span): string {
  return format.replaceAll(/%(?:%|(0?)(\d*)(\w))/g, (whole, zero: string, width: string, letter: string) => {
    if (whole === '%%') return '%';
    const base = bases[letter];
    if (base === undefined) {
      throw ConfigError.at(span, `the format \`${whole}\` is not known`, 'Use %d, %02d, %x or %o.');
    }
    return number.toString(base).padStart(Number(width), zero === '0' ? '0' : ' ');
  });
}
