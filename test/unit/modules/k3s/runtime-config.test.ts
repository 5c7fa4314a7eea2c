import { expect, test } from 'vitest';
import { assert, constantFrom, property, string } from 'fast-check';

import {
  baseCall,
  callsBase,
  dropIn,
  renderedBlock,
  withBlock,
  withoutBlock,
} from '../../../../src/modules/k3s/runtime-config.ts';

const sysbox = { name: 'sysbox-runc', type: 'io.containerd.runc.v2', binary: '/usr/bin/sysbox-runc' };

test('a drop-in has the version of the file that imports it, and the cgroup driver of runc', () => {
  expect(dropIn(3, sysbox, true)).toBe(`# managed by k3sbox, do not edit
version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'sysbox-runc']
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'sysbox-runc'.options]
  BinaryName = "/usr/bin/sysbox-runc"
  SystemdCgroup = true
`);
  expect(dropIn(2, sysbox, false)).toContain(`version = 2
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."sysbox-runc"]`);
});

test("a new template keeps K3s's configuration and leaves the cgroup driver to K3s", () => {
  expect(withBlock(`${baseCall}\n`, 3, sysbox)).toBe(`{{ template "base" . }}
# BEGIN k3sbox sysbox-runc (managed, do not edit)
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'sysbox-runc']
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'sysbox-runc'.options]
  BinaryName = "/usr/bin/sysbox-runc"
  SystemdCgroup = {{ .SystemdCgroup }}
# END k3sbox sysbox-runc
`);
});

test('to write a block twice is to write it once', () => {
  assert(
    property(string(), constantFrom(2 as const, 3 as const), (text, schema) => {
      const once = withBlock(text, schema, sysbox);
      expect(withBlock(once, schema, sysbox)).toBe(once);
    }),
  );
});

test('without its block a template is what it was, but for a line end at its end', () => {
  assert(
    property(string(), (text) => {
      const bare = withoutBlock(withBlock(text, 3, sysbox), 'sysbox-runc');
      expect(bare).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    }),
  );
});

test('a block of another version is replaced where it stands last', () => {
  const old = withBlock('# mine\n', 2, { ...sysbox, binary: '/usr/local/bin/sysbox-runc' });

  expect(withBlock(old, 2, sysbox)).toBe(withBlock('# mine\n', 2, sysbox));
  expect(withBlock(old, 2, sysbox)).not.toContain('/usr/local/bin');
});

test('what K3s will write is known before it does', () => {
  expect(renderedBlock('version = 3\n', 3, sysbox, true)).toContain('  SystemdCgroup = true\n# END');
});

test.each([
  ['{{ template "base" . }}', true],
  ['{{- template "base" . -}}\n[plugins]', true],
  ['{{template "base" .}}', true],
  ['version = 2\n', false],
  ['# {{ template "other" . }}', false],
])('%j includes the base: %s', (text, answer) => {
  expect(callsBase(text)).toBe(answer);
});
