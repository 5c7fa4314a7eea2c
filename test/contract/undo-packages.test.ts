import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { PackageOp } from '../../src/base/op.ts';
import { group, hostWithTree, shells } from '../helpers/host-tree.ts';

/** A host whose `apk` keeps its packages in a file: `name-1.0-r0`, a line each. */
function hostWithApk(shell: [string, ...string[]], ...packages: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-apk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const db = join(folder, 'db');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'apk'),
    `#!/bin/sh
[ "$1" != info ] || exec cat ${db}
shift; verb=$1; shift
for p; do case $p in -*) continue;; esac; n=\${p%%=*}; v=\${p#"$n"}; v=\${v#=}
  { grep -v "^$n-[0-9]" ${db}; [ $verb = del ] || echo "$n-\${v:-2.0-r0}"; } >${db}.new; mv ${db}.new ${db}
done
`,
  );
  chmodSync(join(bin, 'apk'), 0o755);
  const set = (...names: string[]): void => writeFileSync(db, names.map((name) => `${name}\n`).join(''));
  set(...packages);
  const made = hostWithTree(shell, { env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } });
  const act = async (run: string, ...ops: Pick<PackageOp, 'ensure' | 'names'>[]): Promise<void> => {
    const groups = ops.map((op, i) => group(`000${i + 1}`, [{ kind: 'package', manager: 'apk', ...op }]));
    await made.host.act(groups, undefined, { run });
  };
  const installed = (): string[] => readFileSync(db, 'utf8').trim().split('\n').toSorted();
  return { ...made, act, set, installed };
}

describe.each(shells)('packages with %s', (_name, shell) => {
  test('come back in the versions that they had; what was installed goes', async () => {
    const { host, act, installed } = hostWithApk(shell, 'a-1.0-r0', 'b-1.1-r0', 'c-1.10-r0');
    await act('r1', { ensure: 'latest', names: ['a', 'new'] }, { ensure: 'absent', names: ['b'] });
    expect(installed()).toEqual(['a-2.0-r0', 'c-1.10-r0', 'new-2.0-r0']);

    expect(await host.undo('r1', undefined, {})).toMatchObject([{ result: 'undone' }, { result: 'undone' }]);
    expect(installed()).toEqual(['a-1.0-r0', 'b-1.1-r0', 'c-1.10-r0']);
  });

  test('that others have installed, removed or upgraded since are not ours', async () => {
    const { host, act, set, installed } = hostWithApk(shell, 'a-1.0-r0', 'b-1.0-r0', 'c-1.0-r0');
    await act('r1', { ensure: 'present', names: ['new'] });
    set('a-1.0-r0', 'c-1.1-r0', 'new-2.1-r0', 'theirs-1.0-r0');

    expect(await host.undo('r1', undefined, {})).toMatchObject([{ result: 'undone' }]);
    expect(installed()).toEqual(['a-1.0-r0', 'c-1.1-r0', 'theirs-1.0-r0']);
  });

  test('that others have upgraded since we did stay, unless forced', async () => {
    const { host, act, set, installed } = hostWithApk(shell, 'a-1.0-r0');
    await act('r1', { ensure: 'latest', names: ['a'] });
    set('a-2.1-r0');

    expect(await host.undo('r1', undefined, {})).toMatchObject([
      {
        result: 'conflict',
        say: expect.stringContaining('a is at version 2.1-r0 now, and the run had left it at 2.0-r0; not touched'),
      },
    ]);
    expect(await host.undo('r1', undefined, { force: true })).toMatchObject([{ result: 'undone' }]);
    expect(installed()).toEqual(['a-1.0-r0']);
  });

  test('are named before, also when two steps have changed the same', async () => {
    const { host, act, installed } = hostWithApk(shell, 'a-1.0-r0');
    await act(
      'r1',
      { ensure: 'latest', names: ['a'] },
      { ensure: 'absent', names: ['a'] },
      { ensure: 'present', names: ['n'] },
    );

    const planned = await host.undo('r1', undefined, { check: true });
    expect(planned.map(({ result, say }) => `${result} ${say.replace('take back: ', '')}`)).toEqual([
      'planned package 0: remove n',
      'planned package 0: bring back a 2.0-r0',
      'planned package 0: bring back a 1.0-r0',
    ]);
    expect(installed()).toEqual(['n-2.0-r0']);
  });
});

test('what had left only its configuration behind is removed and not purged: that is not ours', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-apt-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const state = (text: string): void => writeFileSync(join(folder, 'db'), text);
  program(
    'dpkg-query',
    `while read -r s p v; do case $3 in *Version*) echo "$s $p:all $v";; *) echo "$s $p:all";; esac; done <${folder}/db`,
  );
  program('dpkg', 'exit 0');
  program('apt-get', `echo "$*" | grep -oE '(install|remove|purge) .*' >>${folder}/calls`);
  const made = hostWithTree(undefined, { env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` } });
  state('config-files kept 1.0\ninstalled other 1.0\n');
  const op: PackageOp = { kind: 'package', manager: 'apt', ensure: 'present', names: ['kept', 'new'] };
  await made.host.act([group('0001', [op])], undefined, { run: 'r1' });
  state('installed kept 1.0\ninstalled other 1.0\ninstalled new 1.0\n');
  rmSync(join(made.state, 'runs/r1/0001.0.left'), { force: true });

  await made.host.undo('r1', undefined, {});

  expect(readFileSync(join(folder, 'calls'), 'utf8').split('\n').slice(1)).toEqual([
    'remove --allow-remove-essential=false kept:all',
    'purge --allow-remove-essential=false new:all',
    '',
  ]);
});
