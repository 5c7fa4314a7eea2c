import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { applyPatch } from 'diff';
import { expect, test } from 'vitest';

import { hasRuntime, sideEffects } from '../../../../src/modules/k3s/config-dump.ts';

// Recorded: what `containerd config dump` 2.1.9 prints for K3s's configuration (schema 2 and 3) and what it prints with a
// runtime added in ways that people use. Each of them ends with exit code 0.
const read = (file: string): string => readFileSync(join(import.meta.dirname, 'dumps', file), 'utf8');
const before = { v2: read('v2-before.txt'), v3: read('v3-before.txt') };

function after(root: 'v2' | 'v3', name: string): string {
  const patch = read(`${name}.diff`);
  const patched = patch === '' ? before[root] : applyPatch(before[root], patch);
  if (patched === false) throw new Error(`${name}.diff does not fit`);
  return patched;
}

test.each([
  ['a drop-in of schema 3 for a file of schema 3', 'v3', 'v3-drop-in'],
  ['a block of schema 3 in a template of schema 3', 'v3', 'v3-block'],
  ['a drop-in of schema 2 for a file of schema 2', 'v2', 'v2-drop-in'],
  ['a block of schema 2 in a template of schema 2', 'v2', 'v2-block'],
] as const)('%s adds the runtime and nothing else', (_title, root, name) => {
  const dump = after(root, name);

  expect(hasRuntime(before[root], 'sysbox-runc')).toBe(false);
  expect(hasRuntime(dump, 'sysbox-runc')).toBe(true);
  expect(sideEffects(before[root], dump, 'sysbox-runc')).toEqual([]);
});

test.each([
  ['a block with the old ids', 'v3-old-ids'],
  ['a drop-in of schema 2', 'v3-old-drop-in'],
] as const)('%s is ignored by a file of schema 3', (_title, name) => {
  expect(hasRuntime(after('v3', name), 'sysbox-runc')).toBe(false);
});

test('a block with the new ids in a file of schema 2 takes the cgroup driver from runc', () => {
  expect(sideEffects(before.v2, after('v2', 'v2-new-ids'), 'sysbox-runc')).toEqual([
    expect.stringMatching(/^- \[.*runtimes\.runc\.options\] SystemdCgroup = true$/),
    expect.stringMatching(/^\+ \[.*runtimes\.runc\.options\] SystemdCgroup = false$/),
  ]);
});

test.each([
  ['a drop-in of schema 3 for a file of schema 2', 'v2', 'v2-new-drop-in'],
  ["the snippet of the articles instead of K3s's configuration", 'v3', 'snippet-alone'],
] as const)('%s takes the network and the registries from the node', (_title, root, name) => {
  const effects = sideEffects(before[root], after(root, name), 'sysbox-runc').join('\n');

  expect(hasRuntime(after(root, name), 'sysbox-runc')).toBe(true);
  expect(effects).toContain(
    "- [plugins.io.containerd.cri.v1.runtime.cni] conf_dir = '/var/lib/rancher/k3s/agent/etc/cni/net.d'",
  );
  expect(effects).toContain("+ [plugins.io.containerd.cri.v1.runtime.cni] conf_dir = '/etc/cni/net.d'");
  expect(effects).toContain('config_path');
});
