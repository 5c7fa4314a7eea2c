import { isValues, memberOf } from '../../base/value.ts';
import type { Value, Values } from '../../base/value.ts';
import { HelperError, describe, list, mapping, mappingOf, text } from '../helper.ts';
import type { HelperTable } from '../helper.ts';

export const mappingHelpers: HelperTable = {
  combine: {
    usage: 'combine mapping other',
    summary: 'The members of all mappings, later ones winning; `recursive=true` merges mappings in mappings.',
    named: ['recursive'],
    rest: true,
    run: (values, { named }) =>
      values
        .map((one) => mapping(one))
        .reduce((all, one) => combine(all, one, named['recursive'] === true), mappingOf([])),
  },
  dict2items: {
    usage: 'dict2items mapping',
    summary: 'A list of {key, value}; `key_name=` and `value_name=` name them otherwise.',
    named: ['key_name', 'value_name'],
    run: ([value], { named }) =>
      Object.entries(mapping(value)).map(([key, item]) =>
        mappingOf([
          [text(named['key_name'] ?? 'key'), key],
          [text(named['value_name'] ?? 'value'), item],
        ]),
      ),
  },
  items2dict: {
    usage: 'items2dict list',
    summary: 'The opposite of `dict2items`.',
    named: ['key_name', 'value_name'],
    run: ([value], { named }) =>
      mappingOf(
        list(value).map((item) => [
          text(required(item, text(named['key_name'] ?? 'key'))),
          required(item, text(named['value_name'] ?? 'value')),
        ]),
      ),
  },
  dict: {
    usage: 'dict',
    summary: 'A mapping of pairs: `{{dict (zip names values)}}`.',
    rest: true,
    run: ([pairs = []]) =>
      mappingOf(list(pairs).map((pair) => [text(list(pair, 'a pair')[0]), list(pair, 'a pair')[1] ?? null])),
  },
  keys: { usage: 'keys mapping', summary: 'The names of the members.', run: ([value]) => Object.keys(mapping(value)) },
  values: {
    usage: 'values mapping',
    summary: 'The values of the members.',
    run: ([value]) => Object.values(mapping(value)),
  },
  dictsort: {
    usage: 'dictsort mapping',
    summary: 'Pairs [name, value], sorted by name.',
    run: ([value]) =>
      Object.entries(mapping(value))
        .toSorted(([a], [b]) => Number(a > b) - Number(a < b))
        .map(([name, item]) => [name, item]),
  },
  lookup: {
    usage: 'lookup value key',
    summary: 'A member by a computed name, or an item by its index; empty (null) when there is none.',
    run: ([value, key]) => {
      if (value === null || typeof value !== 'object') throw new HelperError(`${describe(value)} has no members`);
      return memberOf(value, typeof key === 'number' ? key : text(key, 'the key')) ?? null;
    },
  },
};

function combine(a: Values, b: Values, recursive: boolean): Values {
  const entries = Object.entries(b).map(([name, value]): [string, Value] => {
    const old = Object.hasOwn(a, name) ? a[name] : undefined;
    return [name, recursive && isValues(old) && isValues(value) ? combine(old, value, true) : value];
  });
  return mappingOf([...Object.entries(a), ...entries]);
}

function required(item: Value, name: string): Value {
  const found = memberOf(mapping(item, 'an item'), name);
  if (found === undefined) throw new HelperError(`an item has no member \`${name}\``);
  return found;
}
