import { expect, test } from 'vitest';

import { quote } from '../../src/base/sh.ts';
import { hasRuntime, sideEffects } from '../../src/modules/k3s/config-dump.ts';
import { dropIn, renderedBlock, type Runtime } from '../../src/modules/k3s/runtime-config.ts';
import { tomlValue } from '../../src/modules/k3s/toml-tables.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { useLab } from './use-lab.ts';

/*
 * How the real containerd takes a runtime that is added in each way that people use. What k3sbox writes rests on this table, so
 * it is asked of whatever containerd the lab has, and not only of recorded answers.
 */

const folder = '/tmp/etc';
const runtime: Runtime = { name: 'sysbox-runc', type: 'io.containerd.runc.v2', binary: '/usr/bin/sysbox-runc' };

/** The parts of what K3s writes that a wrong addition takes away. */
const roots = {
  2: `version = 2
imports = ["${folder}/config.toml.d/*.toml"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "rancher/mirrored-pause:3.6"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/var/lib/rancher/k3s/data/cni"
  conf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d"
`,
  3: `version = 3
imports = ["${folder}/config-v3.toml.d/*.toml"]
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "rancher/mirrored-pause:3.6"
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/var/lib/rancher/k3s/data/cni"]
  conf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d"
`,
} as const;

const block = { 2: renderedBlock('', 2, runtime, true), 3: renderedBlock('', 3, runtime, true) };
/** What articles tell people to put into config.toml.tmpl. */
const snippet = block[3].replace('SystemdCgroup = true', 'SystemdCgroup = false');

interface Case {
  readonly title: string;
  readonly root: 2 | 3;
  readonly file: string;
  readonly dropIn?: string;
  readonly name?: string;
}

describeLab('containerd and a runtime that is added', () => {
  const lab = useLab('ctd', 1, { base: 'forky+ctd', light: true });

  /** `containerd config dump` of files that lie only there. */
  async function dump(file: string, root: 2 | 3, added = '', name = '50-k3sbox-sysbox-runc.toml') {
    const drops = `${folder}/${root === 3 ? 'config-v3.toml.d' : 'config.toml.d'}`;
    const { code, stdout, stderr } = await lab.ssh(
      'n1',
      `rm -rf ${folder}; mkdir -p ${drops}; printf %s ${quote(file)} >${folder}/config.toml
      [ -z ${quote(added)} ] || printf %s ${quote(added)} >${drops}/${name}; containerd -c ${folder}/config.toml config dump`,
      { user: 'root' },
    );
    return { code, stdout, stderr };
  }

  const effectsOf = async ({ root, file, dropIn: added, name }: Omit<Case, 'title'>) => {
    const before = await dump(roots[root], root);
    const after = await dump(file, root, added, name);
    expect(before.code).toBe(0);
    return {
      code: after.code,
      isKnown: hasRuntime(after.stdout, runtime.name),
      effects: sideEffects(before.stdout, after.stdout, runtime.name),
      cgroup: tomlValue(after.stdout, ['runtimes', runtime.name, 'options'], 'SystemdCgroup'),
    };
  };

  test.each<Case>([
    {
      title: 'a drop-in of schema 3 for a file of schema 3',
      root: 3,
      file: roots[3],
      dropIn: dropIn(3, runtime, true),
    },
    { title: 'a block of schema 3 in a file of schema 3', root: 3, file: roots[3] + block[3] },
    {
      title: 'a drop-in of schema 2 for a file of schema 2',
      root: 2,
      file: roots[2],
      dropIn: dropIn(2, runtime, true),
    },
    { title: 'a block of schema 2 in a file of schema 2', root: 2, file: roots[2] + block[2] },
    {
      title: 'the runtime in the file and in a drop-in',
      root: 3,
      file: roots[3] + snippet,
      dropIn: dropIn(3, runtime, true),
    },
    {
      title: 'a drop-in whose name begins with a dot: so temporary names must not end in .toml',
      root: 3,
      file: roots[3],
      dropIn: dropIn(3, runtime, true),
      name: '.50-k3sbox.toml',
    },
  ])('adds it and nothing else: $title', async ({ root, ...how }) => {
    expect(await effectsOf({ root, ...how })).toEqual({ code: 0, isKnown: true, effects: [], cgroup: 'true' });
  });

  test.each<Case>([
    { title: 'a block with the names of schema 2 in a file of schema 3', root: 3, file: roots[3] + block[2] },
    {
      title: 'a drop-in of schema 2 for a file of schema 3',
      root: 3,
      file: roots[3],
      dropIn: dropIn(2, runtime, true),
    },
  ])('ignores it without a word: $title', async ({ root, ...how }) => {
    expect(await effectsOf({ root, ...how })).toMatchObject({ code: 0, isKnown: false });
  });

  test('a block with the names of schema 3 in a file of schema 2 takes the cgroup driver from runc', async () => {
    const { code, isKnown, effects } = await effectsOf({ root: 2, file: roots[2] + block[3] });

    expect({ code, isKnown }).toEqual({ code: 0, isKnown: true });
    expect(effects.join('\n')).toMatch(/runtimes\.runc\.options\] SystemdCgroup = false/);
  });

  test('a drop-in of schema 3 for a file of schema 2 destroys what K3s wrote', async () => {
    const { code, effects } = await effectsOf({ root: 2, file: roots[2], dropIn: dropIn(3, runtime, true) });

    expect(code).toBe(0);
    expect(effects.join('\n')).toMatch(/- .*conf_dir = '\/var\/lib\/rancher/);
  });

  test('the snippet of the articles registers the runtime, so a look at the handler passes, and the node has lost its network', async () => {
    const { code, isKnown, effects } = await effectsOf({ root: 3, file: `version = 3\n${snippet}` });

    expect({ code, isKnown }).toEqual({ code: 0, isKnown: true });
    for (const lost of [
      /conf_dir = '\/etc\/cni\/net\.d'/,
      /bin_dirs? = .*'\/opt\/cni\/bin'/,
      /sandbox = 'registry\.k8s\.io\/pause/,
      /runc\.options\] SystemdCgroup = false/,
    ]) {
      expect(effects.join('\n')).toMatch(lost);
    }
  });

  test('a table that one file has twice keeps containerd from starting', async () => {
    const { code, stderr } = await dump(roots[3] + block[3] + block[3], 3);

    expect(code).toBe(1);
    expect(stderr).toMatch(/toml: table \S+ already exists/);
  });

  test('a mistake in a drop-in keeps it from starting, with file, row and column', async () => {
    const { code, stderr } = await dump(roots[3], 3, 'version = 3\nbroken\n');

    expect(code).toBe(1);
    expect(stderr).toMatch(/column=\d+ .*file=\S*50-k3sbox-sysbox-runc\.toml row=2/);
  });

  test('a text where a yes or no belongs is kept as it is: nobody else notices', async () => {
    const text = dropIn(3, runtime, true).replace('= true', '= "true"');
    const { code, cgroup } = await effectsOf({ root: 3, file: roots[3], dropIn: text });

    expect(code).toBe(0);
    expect(cgroup).toMatch(/^['"]true['"]$/);
  });

  test('a folder that is not there, an empty one and an empty file are fine', async () => {
    expect((await dump(roots[3].replace('config-v3.toml.d', 'none.d'), 3)).code).toBe(0);
    expect((await dump(roots[3], 3)).code).toBe(0);
    expect((await dump(roots[3], 3, '\n')).code).toBe(0);
  });
});
