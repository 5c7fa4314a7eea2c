import { spawnSync } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import type { Op, PackageManager } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import { renderOp, renderSave, touchedPaths } from '../../../src/host/op-script.ts';

const path = "/etc/we ird $(id) it's";
const managers: PackageManager[] = ['apt', 'dnf', 'apk', 'zypper', 'pacman'];
const ops: Op[] = [
  { kind: 'file', path, content: { from: 'text', text: 'x' } },
  {
    kind: 'file',
    path,
    content: { from: 'text', text: '' },
    mode: '600',
    owner: 'a',
    group: 'b',
    validate: sh`visudo -cf %s`,
  },
  { kind: 'file', path, content: { from: 'controller', file: 'f', sha256: 'ab', sizeBytes: 1 }, group: 'b' },
  { kind: 'file', path, content: { from: 'host', path: "/it's", sha256: 'ab' } },
  { kind: 'directory', path, mode: '755' },
  { kind: 'link', path, target: "it's" },
  { kind: 'link', path, target: '/x', hard: true, owner: 'a' },
  { kind: 'remove', path },
  { kind: 'attributes', path, owner: 'a' },
  { kind: 'attributes', path, mode: '700', owner: 'a', recursive: true },
  { kind: 'unit', unit: 'a@b.service', verb: 'restart', noBlock: true },
  { kind: 'unit', unit: '', verb: 'daemon-reload' },
  {
    kind: 'exec',
    command: sh`echo ${path}`,
    stdin: "it's",
    chdir: path,
    environment: { A: path },
    saves: [path, '/b'],
  },
  { kind: 'wait', probe: sh`true`, timeoutMs: 1500, everyMs: 250, orElse: "it's late" },
  ...managers.flatMap((manager): Op[] => [
    { kind: 'package', manager, ensure: 'present', names: ['a=1', 'b'], refreshCache: true },
    { kind: 'package', manager, ensure: 'latest', names: ['a'], installRecommends: true },
    { kind: 'package', manager, ensure: 'absent', names: ['a'], purge: true },
    { kind: 'package', manager, ensure: 'present', names: [], files: [path] },
  ]),
];

function render(op: Op, payload: (bytes: Buffer) => void = () => {}): string {
  return renderOp(op, { id: '0001.0', run: 'r1', delimiter: 'END0123', contents: new Map(), payload });
}

describe.each([[['dash']], [['bash']], [['busybox', 'sh']]])('what %j makes of an op', ([program = '', ...words]) => {
  test.each(ops)('$kind is a script', (op) => {
    const script = `${render(op)}\n${renderSave(op, { id: '0001.0' }).join('\n')}\n`;
    const { status, stderr } = spawnSync(program, [...words, '-n'], { input: script, encoding: 'utf8' });

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test('the bytes of files go to the payload in order, and into no script', () => {
  const payload: Buffer[] = [];
  const texts = ['first', '', 'second'];
  const scripts = texts.map((text) =>
    render({ kind: 'file', path: '/a', content: { from: 'text', text } }, (bytes) => payload.push(bytes)),
  );

  expect(payload.map(String)).toEqual(texts);
  expect(scripts.join('\n')).not.toMatch(/first|second/);
});

test('small files of the controller travel with the script, others wait in the stage', () => {
  const payload: Buffer[] = [];
  const content = { from: 'controller', file: 'f', sha256: 'ab', sizeBytes: 5 } as const;
  const place = { id: '0001.0', run: 'r1', delimiter: 'END', payload: (bytes: Buffer) => payload.push(bytes) };

  renderOp({ kind: 'file', path: '/a', content }, { ...place, contents: new Map([['ab', Buffer.from('bytes')]]) });
  const staged = renderOp({ kind: 'file', path: '/a', content }, { ...place, contents: new Map() });

  expect(payload.map(String)).toEqual(['bytes']);
  expect(staged).toContain('cp -- stage/ab ');
});

test.each(managers)('scripts of %s packages read nothing of ours and keep no lock of ours', (manager) => {
  expect(render({ kind: 'package', manager, ensure: 'present', names: ['a'] })).toMatch(
    /^\{ .*;\} <\/dev\/null 7>&-\n/,
  );
});

test('a temporary file stands beside its target, under a name that nothing loads', () => {
  const script = render({ kind: 'file', path: '/etc/containerd/config.toml', content: { from: 'text', text: '' } });

  expect(script).toContain('/etc/containerd/.k3sbox.r1.0001.0 ');
});

test.each<[op: Op, paths: string[]]>([
  [{ kind: 'remove', path: '/a' }, ['/a']],
  [{ kind: 'exec', command: sh`x` }, []],
  [{ kind: 'exec', command: sh`x`, saves: ['/a', '/b'] }, ['/a', '/b']],
  [{ kind: 'unit', unit: 'a.service', verb: 'start' }, []],
])('%j touches %j', (op, paths) => {
  expect(touchedPaths(op)).toEqual(paths);
});

test('a reboot only marks which boot it was: the script does not come back from it', () => {
  expect(render({ kind: 'reboot', timeoutMs: 1 })).toContain('boot_id');
});
