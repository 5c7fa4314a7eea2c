import { expect, test } from 'vitest';

import type { K3sContainerd } from '../../../../src/modules/k3s/k3s-node.ts';
import { runtimePlace } from '../../../../src/modules/k3s/runtime-place.ts';

const folder = '/var/lib/rancher/k3s/agent/etc/containerd';

function containerd(config: string, more: Partial<K3sContainerd> = {}): K3sContainerd {
  const base = {
    version: '2.1.5',
    binary: '/containerd',
    configFile: `${folder}/config.toml`,
    folder,
    files: ['config.toml'],
  };
  return { ...base, config, ...more };
}

const v3 = `version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'runc'.options]
  SystemdCgroup = true
`;
const v2 = `version = 2
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
`;
const imports = (name: string, config: string): string => `imports = ["${folder}/${name}/*.toml"]\n${config}`;

test.each([
  [
    'imports, schema 3',
    imports('config-v3.toml.d', v3),
    [],
    'drop-in',
    3,
    'config-v3.toml.d/50-k3sbox-sysbox-runc.toml',
    true,
  ],
  [
    'imports, schema 2',
    imports('config.toml.d', v2),
    ['config.toml.tmpl'],
    'drop-in',
    2,
    'config.toml.d/50-k3sbox-sysbox-runc.toml',
    false,
  ],
  ['no imports, no template', v3, [], 'template', 3, 'config-v3.toml.tmpl', true],
  ['no imports, a new template', v3, ['config-v3.toml.tmpl'], 'template', 3, 'config-v3.toml.tmpl', true],
  ['no imports, an old template', v2, ['config.toml.tmpl'], 'template', 2, 'config.toml.tmpl', false],
  [
    'no imports, both templates',
    v3,
    ['config.toml.tmpl', 'config-v3.toml.tmpl'],
    'template',
    3,
    'config-v3.toml.tmpl',
    true,
  ],
  [
    'imports of somebody else',
    `imports = ["/etc/containerd/conf.d/*.toml"]\n${v3}`,
    [],
    'template',
    3,
    'config-v3.toml.tmpl',
    true,
  ],
  [
    'imports behind the first table are none',
    `${v3}imports = ["${folder}/config-v3.toml.d/*.toml"]\n`,
    [],
    'template',
    3,
    'config-v3.toml.tmpl',
    true,
  ],
] as const)('%s: %s', (_title, config, files, mode, schema, file, systemdCgroup) => {
  expect(runtimePlace(containerd(config, { files: ['config.toml', ...files] }), 'sysbox-runc')).toEqual({
    mode,
    schema,
    path: `${folder}/${file}`,
    systemdCgroup,
  });
});

test('a custom data directory is followed', () => {
  const elsewhere = '/data/k3s/agent/etc/containerd';
  const config = `version = 3\nimports = ["${elsewhere}/config-v3.toml.d/*.toml"]\n`;

  expect(runtimePlace(containerd(config, { folder: elsewhere }), 'sysbox-runc').path).toBe(
    `${elsewhere}/config-v3.toml.d/50-k3sbox-sysbox-runc.toml`,
  );
});

test('containerd 1.7 is refused', () => {
  expect(() => runtimePlace(containerd(v2, { version: '1.7.24' }), 'sysbox-runc')).toThrow(
    /containerd 1.7.24 cannot run/,
  );
});

test.each(['version = 4\n', 'version = 1\n', '[plugins]\n'])('a file with %j is refused', (config) => {
  expect(() => runtimePlace(containerd(config), 'sysbox-runc')).toThrow(/has (no version line|version = \d)/);
});
