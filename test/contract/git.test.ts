import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { git } from '../../src/modules/git.ts';
import { performOn, planOn } from '../helpers/real-modules.ts';
import { readTree } from '../helpers/tree.ts';
import { Workbench } from '../helpers/workbench.ts';

let bench: Workbench;
let folder: string;
let repo: string;
let clone: string;
beforeEach(() => {
  bench = new Workbench();
  ({ folder } = bench);
  repo = join(bench.home, 'repo');
  clone = join(folder, 'clone');
  mkdirSync(repo);
  run(repo, 'init', '-q', '-b', 'main');
  writeFileSync(join(repo, 'a'), '1');
  run(repo, 'add', '.');
  run(repo, 'commit', '-q', '-m', 'one');
  run(repo, 'tag', '-a', '-m', 'v1', 'v1');
  writeFileSync(join(repo, 'a'), '2');
  run(repo, 'commit', '-q', '-am', 'two');
});
afterEach(() => bench.close());

function run(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim();
}

test.each([
  ['HEAD', 'main', () => 'HEAD'],
  ['a branch', 'main', () => 'main'],
  ['a tag', 'v1^{}', () => 'v1'],
  ['a commit', 'v1^{}', (commit: string) => commit],
  ['a shortened commit', 'v1^{}', (commit: string) => commit.slice(0, 9)],
] as const)('%s is cloned, kept and taken back', async (_title, revision, versionOf) => {
  const host = bench.open();
  const commit = run(repo, 'rev-parse', revision);
  const version = versionOf(commit);
  const args = { repo, dest: clone, version };
  const before = readTree(folder);

  expect(await performOn(host, await planOn(host, git, args))).toBe('done');
  expect(run(clone, 'rev-parse', 'HEAD')).toBe(commit);
  expect((await planOn(host, git, args)).planned.steps).toEqual([]);
  await host.undo('r1', undefined, {});
  expect(readTree(folder)).toEqual(before);
});

test('a clone goes forward and back', async () => {
  const host = bench.open();
  await performOn(host, await planOn(host, git, { repo, dest: clone, version: 'v1' }));
  const first = run(clone, 'rev-parse', 'HEAD');

  const plan = await planOn(host, git, { repo, dest: clone, version: 'main' });
  expect(await performOn(host, plan, 'r2')).toBe('done');

  expect(run(clone, 'rev-parse', 'HEAD')).toBe(run(repo, 'rev-parse', 'main'));
  expect(run(clone, 'symbolic-ref', '--short', 'HEAD')).toBe('main');
  expect((await planOn(host, git, { repo, dest: clone, version: 'main' })).planned.steps).toEqual([]);
  await host.undo('r2', undefined, {});
  expect(run(clone, 'rev-parse', 'HEAD')).toBe(first);
});

test('local changes are kept unless they may go', async () => {
  const host = bench.open();
  const args = { repo, dest: clone, version: 'main' };
  await performOn(host, await planOn(host, git, { ...args, version: 'v1' }));
  writeFileSync(join(clone, 'a'), 'mine');

  await expect(planOn(host, git, args)).rejects.toThrow(`${clone} has local changes`);
  expect(await performOn(host, await planOn(host, git, { ...args, force: true }), 'r2')).toBe('done');
  expect(run(clone, 'status', '--porcelain')).toBe('');
  await host.undo('r2', undefined, {});
  expect(run(clone, 'diff', '--stat')).toContain('1 file changed');
});

test('a remote that is not there is told', async () => {
  const planned = planOn(bench.open(), git, { repo: join(bench.home, 'none'), dest: clone });

  await expect(planned).rejects.toThrow(/cannot reach .*none/);
});
