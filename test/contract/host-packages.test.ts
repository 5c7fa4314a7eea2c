import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { PackageOp } from '../../src/base/op.ts';
import { ask, group, hostWithTree } from '../helpers/host-tree.ts';

/** Why no package can be installed here, or undefined. */
function whyNoPackages(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can install packages';
  return spawnSync('dpkg-deb', ['--version']).status === 0 && spawnSync('apt-get', ['--version']).status === 0
    ? undefined
    : 'there is no apt';
}

const why = whyNoPackages();
const name = `k3sbox-test-${process.pid}`;

/** Makes an empty package with one configuration file, and says where it is. */
function buildPackage(folder: string): string {
  const root = join(folder, 'root');
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc', name), 'x\n');
  writeFileSync(join(root, 'DEBIAN/conffiles'), `/etc/${name}\n`);
  writeFileSync(
    join(root, 'DEBIAN/control'),
    `Package: ${name}\nVersion: 1.0-1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a test\n`,
  );
  const file = join(folder, `${name}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, file]);
  return file;
}

describe.skipIf(why !== undefined)(`packages${why === undefined ? '' : ` (${why})`}`, () => {
  let folder = '';
  let file = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'k3sbox-deb-'));
    file = buildPackage(folder);
  });
  afterAll(() => {
    spawnSync('dpkg', ['--purge', name]);
    rmSync(folder, { recursive: true });
  });

  const query = { kind: 'package', manager: 'apt', name } as const;
  const install = (): PackageOp => ({ kind: 'package', manager: 'apt', ensure: 'present', names: [], files: [file] });

  test('are installed behind a guard, and taken back with their configuration', async () => {
    const { host } = hostWithTree();
    const before = await ask(host, [query]);

    const { results } = await host.act([group('0001', [install()], before)], undefined, { run: 'r1' });

    expect(results).toMatchObject([{ exitCode: 0 }]);
    expect(await ask(host, [query])).toMatchObject([{ answer: { state: { version: '1.0-1' } } }]);
    expect(existsSync(`/etc/${name}`)).toBe(true);
    // What rested on its absence is not done any more.
    expect(await host.act([group('0002', [install()], before)], undefined, { run: 'r1' })).toMatchObject({
      changedGroup: 0,
    });

    // A run that found it installed leaves it; the one that brought it takes it away.
    await host.act([group('0001', [install()])], undefined, { run: 'r2' });
    expect(await host.undo('r2', undefined, {})).toMatchObject([{ result: 'same' }]);
    expect(await host.undo('r1', undefined, {})).toMatchObject([{ result: 'undone' }]);
    expect(await ask(host, [query])).toMatchObject([{ answer: { state: { version: undefined } } }]);
    expect(existsSync(`/etc/${name}`)).toBe(false);
  }, 60_000);
});
