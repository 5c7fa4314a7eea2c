import { isList, isValues } from '../../base/value.ts';
import type { Value } from '../../base/value.ts';
import { HelperError, describe, isSame, list, mapping, number, text } from '../helper.ts';
import type { HelperTable } from '../helper.ts';
import { attributeOf, testAttribute } from './attribute-tests.ts';

const maxRange = 100_000;

export const listHelpers: HelperTable = {
  length: {
    usage: 'length value',
    summary: 'How many items, members or characters.',
    run: ([value]) => lengthOf(value),
  },
  count: { usage: 'count value', summary: 'The same as `length`.', run: ([value]) => lengthOf(value) },
  first: { usage: 'first list', summary: 'The first item or character.', run: ([value]) => end(value, 0) },
  last: { usage: 'last list', summary: 'The last item or character.', run: ([value]) => end(value, -1) },
  list: {
    usage: 'list value',
    summary: 'The value as a list: the keys of a mapping, the characters of a text.',
    run: ([value]) => toList(value),
  },
  array: {
    usage: 'array',
    summary: 'A list of the values.',
    rest: true,
    run: (values) => values.map((one) => one ?? null),
  },
  unique: {
    usage: 'unique list',
    summary: 'Without repeated items; the first of each stays.',
    run: ([value]) => unique(list(value)),
  },
  sort: {
    usage: 'sort list',
    summary:
      'Numbers by size, text by its characters; `attribute=` sorts mappings by a member, `reverse=true` backwards.',
    named: ['attribute', 'reverse'],
    run: ([value], { named }) => sort(list(value), named['attribute'], named['reverse'] === true),
  },
  reverse: {
    usage: 'reverse list',
    summary: 'Backwards; text, too.',
    run: ([value]) => (typeof value === 'string' ? Array.from(value).toReversed().join('') : list(value).toReversed()),
  },
  union: {
    usage: 'union list other',
    summary: 'The items of both, without repeats.',
    run: ([a, b]) => unique([...list(a), ...list(b, 'the other value')]),
  },
  intersect: {
    usage: 'intersect list other',
    summary: 'The items that are in both.',
    run: ([a, b]) => unique(list(a)).filter((item) => contains(list(b, 'the other value'), item)),
  },
  difference: {
    usage: 'difference list other',
    summary: 'The items that are not in the other list.',
    run: ([a, b]) => unique(list(a)).filter((item) => !contains(list(b, 'the other value'), item)),
  },
  symmetric_difference: {
    usage: 'symmetric_difference list other',
    summary: 'The items that are in one of both only.',
    run: ([a, b]) => {
      const [left, right] = [unique(list(a)), unique(list(b, 'the other value'))];
      return [...left.filter((item) => !contains(right, item)), ...right.filter((item) => !contains(left, item))];
    },
  },
  flatten: {
    usage: 'flatten list [levels]',
    summary: 'Lists in the list written out, all or so many levels; empty (null) items are dropped.',
    named: ['levels'],
    run: ([value, levels = Infinity], { named }) =>
      flatten(list(value), levels === Infinity ? number(named['levels'] ?? Infinity) : number(levels, 'the levels')),
  },
  map: {
    usage: 'map list [helper]',
    summary: 'A helper for each item, with further arguments; or `attribute=`, a member of each, with `default=`.',
    named: ['attribute', 'default'],
    rest: true,
    run: ([value, helper, ...args], { named, call }) => {
      const { attribute } = named;
      if (attribute !== undefined) return list(value).map((item) => member(item, attribute, named['default']));
      if (helper === undefined) {
        throw new HelperError('`map` needs a helper or `attribute=`', 'Write {{map list attribute="name"}}.');
      }
      return list(value).map((item) => call(text(helper, 'the helper'), [item, ...args]));
    },
  },
  selectattr: {
    usage: 'selectattr list attribute [test] [value]',
    summary: 'The items whose member passes a test (`"equalto" 5`, `"in" list`, `"defined"`), or is true.',
    run: ([value, ...test]) => list(value).filter((item) => testAttribute(item, test)),
  },
  rejectattr: {
    usage: 'rejectattr list attribute [test] [value]',
    summary: 'The items that `selectattr` leaves out.',
    run: ([value, ...test]) => list(value).filter((item) => !testAttribute(item, test)),
  },
  select: {
    usage: 'select list [test] [value]',
    summary: 'The items that pass a test (`"match" "^web"`), or are true.',
    run: ([value, ...test]) => list(value).filter((item) => testAttribute({ item }, ['item', ...test])),
  },
  reject: {
    usage: 'reject list [test] [value]',
    summary: 'The items that `select` leaves out.',
    run: ([value, ...test]) => list(value).filter((item) => !testAttribute({ item }, ['item', ...test])),
  },
  sum: {
    usage: 'sum list',
    summary: 'All numbers added up; `attribute=` adds up a member of each.',
    named: ['attribute'],
    run: ([value], { named: { attribute } }) =>
      list(value).reduce<number>(
        (all, item) => all + number(attribute === undefined ? item : member(item, attribute)),
        0,
      ),
  },
  min: {
    usage: 'min list',
    summary: 'The smallest item.',
    run: ([value]) => end(sort(list(value), undefined, false), 0),
  },
  max: {
    usage: 'max list',
    summary: 'The largest item.',
    run: ([value]) => end(sort(list(value), undefined, false), -1),
  },
  range: {
    usage: 'range start [stop] [step]',
    summary: 'The whole numbers from start up to, not including, stop; with one value from 0.',
    run: ([start, stop, step = 1]) =>
      range(stop === undefined ? 0 : number(start), number(stop ?? start), number(step, 'the step')),
  },
  zip: {
    usage: 'zip list other',
    summary: 'Pairs of the items at the same place.',
    run: ([a, b]) => {
      const other = list(b, 'the other value');
      return list(a)
        .slice(0, other.length)
        .map((item, i) => [item, other[i] ?? null]);
    },
  },
};

function lengthOf(value: Value | undefined): number {
  if (typeof value === 'string' || isList(value)) return value.length;
  if (isValues(value)) return Object.keys(value).length;
  throw new HelperError(`the value must be a list, a mapping or text, but is ${describe(value)}`);
}

function end(value: Value | undefined, index: 0 | -1): Value {
  const items = typeof value === 'string' ? value : list(value);
  const found = items.at(index);
  if (found === undefined) throw new HelperError('the list is empty');
  return found;
}

function toList(value: Value | undefined): readonly Value[] {
  if (isList(value)) return value;
  if (typeof value === 'string') return Array.from(value);
  return Object.keys(mapping(value));
}

function contains(items: readonly Value[], wanted: Value): boolean {
  return items.some((item) => isSame(item, wanted));
}

/** Linear for text and numbers, which is what long lists are made of. */
function unique(items: readonly Value[]): readonly Value[] {
  const scalars = new Set<Value>();
  const others: Value[] = [];
  return items.filter((item) => {
    if (typeof item === 'object' && item !== null) return !contains(others, item) && others.push(item) > 0;
    return !scalars.has(item) && scalars.add(item).size > 0;
  });
}

function member(item: Value, attribute: Value, fallback?: Value): Value {
  const found = attributeOf(item, text(attribute, 'the attribute')) ?? fallback;
  if (found === undefined) {
    throw new HelperError(`${describe(item)} has no member \`${text(attribute)}\``, 'Give a `default=`.');
  }
  return found;
}

function sort(items: readonly Value[], attribute: Value | undefined, backwards: boolean): readonly Value[] {
  const keyOf = (item: Value): Value => (attribute === undefined ? item : member(item, attribute));
  const sorted = items.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  return backwards ? sorted.toReversed() : sorted;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [text(a, 'an item to be sorted'), text(b, 'an item to be sorted')];
  return Number(left > right) - Number(left < right);
}

function flatten(items: readonly Value[], levels: number): readonly Value[] {
  const kept = items.filter((item) => item !== null);
  return levels <= 0 ? kept : kept.flatMap((item) => (isList(item) ? flatten(item, levels - 1) : [item]));
}

function range(start: number, stop: number, step: number): readonly number[] {
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (step === 0 || count > maxRange) {
    throw new HelperError(`the range is endless or has more than ${maxRange} numbers`);
  }
  return Array.from({ length: count }, (_, i) => start + i * step);
}
