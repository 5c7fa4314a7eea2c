import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { generatedDocs } from '../../scripts/generated-docs.ts';

const docs = [...generatedDocs()];

test.each(docs)('%s is fresh (npm run docs)', (path, text) => {
  expect(existsSync(path) && readFileSync(path, 'utf8')).toBe(text);
});

test('docs/modules/ has nothing that is no module', () => {
  const known = new Set(docs.map(([path]) => path));

  expect(readdirSync('docs/modules').filter((file) => !known.has(`docs/modules/${file}`))).toEqual([]);
});

test('every dependency is pinned, and docs/dependencies.md says why we have it', () => {
  const {
    dependencies,
    devDependencies,
  }: Record<string, Record<string, string>> = JSON.parse(readFileSync('package.json', 'utf8'));
  const text = readFileSync('docs/dependencies.md', 'utf8');

  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(text.replaceAll(/ +/g, ' ')).toContain(`| ${name} | ${version} |`);
  }
});
