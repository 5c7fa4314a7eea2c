import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { expect, test } from 'vitest';

/** Each folder of src/ and the folders it may import from. Read top-down: nothing points up. */
const layers: Record<string, readonly string[]> = {
  base: [],
  template: ['base'],
  inventory: ['base', 'template'],
  playbook: ['base', 'template'],
  transport: ['base'],
  host: ['base', 'transport'],
  modules: ['base', 'host', 'template'],
  plan: ['base', 'template', 'inventory', 'playbook', 'modules'],
  journal: ['base'],
  run: ['base', 'template', 'playbook', 'transport', 'host', 'modules', 'plan', 'journal'],
  report: ['base'],
  cli: [
    'base',
    'template',
    'inventory',
    'playbook',
    'transport',
    'host',
    'modules',
    'plan',
    'journal',
    'run',
    'report',
  ],
};

/** Folders of which only types may be imported: a module can talk about a host, it cannot reach one. */
const typesOnly: Record<string, readonly string[]> = { modules: ['host'] };

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');
const files = typescriptIn(src);

/** Value and type imports alike: a type that points up is a layer that leaks. */
const imports = files.flatMap((file) =>
  [
    ...read(src, file).matchAll(/\b(import|export)\s+(type\s)?([^'";]*?from\s*)?'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/g),
  ].map(([, , isType, , to = '', lazy = to]) => ({
    from: file,
    to: relative(src, resolve(src, dirname(file), lazy || to)),
    isType: isType !== undefined,
  })),
);

function typescriptIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
}

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

function layerOf(file: string): string {
  return file.split('/')[0] ?? '';
}

test('every folder of src/ has a layer', () => {
  expect(readdirSync(src).toSorted()).toEqual(Object.keys(layers).toSorted());
});

test('imports are found at all', () => {
  expect(imports.length).toBeGreaterThan(files.length);
});

test('a folder imports only from the layers below it', () => {
  const wrong = imports.filter(({ from, to }) => {
    const [a, b] = [layerOf(from), layerOf(to)];
    return a !== b && !layers[a]?.includes(b);
  });

  expect(wrong).toEqual([]);
});

test('where only types may be imported, only types are', () => {
  const wrong = imports.filter(({ from, to, isType }) => !isType && typesOnly[layerOf(from)]?.includes(layerOf(to)));

  expect(wrong).toEqual([]);
});

test('no two files import each other, however indirectly', () => {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  function walk(file: string, path: readonly string[]): void {
    if (path.includes(file)) throw new Error(`a cycle: ${[...path, file].join(' -> ')}`);
    if (done.has(file)) return;
    for (const to of targets.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  }

  expect(() => {
    for (const file of files) walk(file, []);
  }).not.toThrow();
});

/** The few places that may say each of these. */
const reserved: [text: string, pattern: RegExp, why: string, allowed: RegExp][] = [
  ['node: modules', /'node:/, 'a module asks the HostReader, it does no I/O of its own', /^(?!modules\/)/],
  [
    'reveal()',
    /\.reveal\(\)/,
    'a secret leaves its box when a command is built, not before',
    /^(base|transport|host)\//,
  ],
  ['process', /(?<![\w#.$])process\./, 'arguments, exit codes and signals are the business of cli/', /^cli\//],
  ['console', /(?<![\w#.$])console\.\w+\(/, 'what people read goes through a reporter', /^cli\//],
  ['default exports', /^export default/m, 'names are the same everywhere', /^$/],
];

test.each(reserved)('%s', (_name, pattern, why, allowed) => {
  const users = files.filter((file) => pattern.test(withoutComments(read(src, file))));

  expect(
    users.filter((file) => !allowed.test(file)),
    why,
  ).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*/g, '');
}

test('no file is longer than 300 lines', () => {
  expect(files.filter((file) => read(src, file).split('\n').length > 301)).toEqual([]);
});

test('no test mocks our own modules', () => {
  const tests = typescriptIn(join(root, 'test'));

  expect(tests.filter((file) => /\bvi\s*\.\s*(do)?mock\(/i.test(read(join(root, 'test'), file)))).toEqual([]);
});
