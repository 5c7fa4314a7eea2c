import { expect, test } from 'vitest';

import { templateReferences, valueReferences } from '../../../src/template/references.ts';

const at = { file: 't.hbs' };

test.each<[string, readonly string[]]>([
  ['plain', []],
  ['{{a}} {{b.c}}', ['a', 'b']],
  ['{{default a (upper b.c)}}', ['a', 'b']],
  ['{{#if a}}{{b}}{{else if c}}{{d}}{{else}}{{e}}{{/if}}', ['a', 'b', 'c', 'd', 'e']],
  ['{{#each list as |item|}}{{item.x}} {{../y}} {{@root.z}} {{@index}}{{/each}}', ['item', 'list', 'y', 'z']],
  ['{{lookup hostvars inventory_hostname}}', ['hostvars', 'inventory_hostname']],
  ['{{sort a attribute=b}}', ['a', 'b']],
  ['{{vars "a"}}', ['a']],
  ['{{vars name}}', ['*', 'name']],
  ['{{{{raw}}}}{{a}}{{{{/raw}}}}\\{{b}}', []],
])('%j uses %j', (source, expected) => {
  expect([...templateReferences(source, at)].toSorted()).toEqual(expected);
});

test('the references of a value are those of all its texts', () => {
  expect([...valueReferences({ a: ['{{x}}', 5], b: { c: '{{y}}' } }, at)]).toEqual(['x', 'y']);
});
