import { expect, test } from 'vitest';

import { tomlTables, tomlValue } from '../../../../src/modules/k3s/toml-tables.ts';

test.each([
  [`[plugins.'io.containerd.cri.v1.runtime'.containerd]`, ['plugins', 'io.containerd.cri.v1.runtime', 'containerd']],
  [`  [plugins."io.containerd.grpc.v1.cri".cni] # mine`, ['plugins', 'io.containerd.grpc.v1.cri', 'cni']],
  ['[ a . b ]', ['a', 'b']],
  ['[a]', ['a']],
])('%s has the keys %j', (header, path) => {
  expect(tomlTables(`${header}\nx = 1\n`)[1]).toEqual({ path, lines: ['x = 1'] });
});

test('comments, empty lines and lists over lines are no tables', () => {
  expect(tomlTables('# [a]\n\nimports = [\n  "x",\n]\n').map(({ path }) => path)).toEqual([[]]);
});

test.each([
  ['version = 3\n[a]\nversion = 4\n', [], 'version', '3'],
  ['[a]\nversion = 4\n', [], 'version', undefined],
  ['[x.runtimes.runc.options]\n  SystemdCgroup = true # yes\n', ['runc', 'options'], 'SystemdCgroup', 'true'],
  ['[x.options]\nSystemdCgroupX = true\n', ['options'], 'SystemdCgroup', undefined],
])('in %j %j %s is %s', (text, path, key, value) => {
  expect(tomlValue(text, path, key)).toBe(value);
});
