import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { conditionFunctions } from '../../../src/template/cel/cel-environment.ts';
import { helpers } from '../../../src/template/helpers/table.ts';

/** Tables are padded by the formatter. */
const docs = readFileSync(new URL('../../../docs/templates.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ');

test.each(Object.entries(helpers))(
  'docs/templates.md has the helper %s as it is',
  (_, { usage, summary, named = [], rest }) => {
    const words = [rest ? `${usage} ...` : usage, ...named.map((name) => `[${name}=]`)];

    expect(docs).toContain(`| \`${words.join(' ')}\` | ${summary} |`);
  },
);

test.each(Object.entries(conditionFunctions))('docs/templates.md has the function %s as it is', (usage, summary) => {
  expect(docs).toContain(`| \`${usage}\` | ${summary} |`);
});
