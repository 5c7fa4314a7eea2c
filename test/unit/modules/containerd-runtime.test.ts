import { describe, expect, test } from 'vitest';

import { containerdRuntime } from '../../../src/modules/containerd-runtime.ts';
import { baseCall, dropIn, withBlock } from '../../../src/modules/k3s/runtime-config.ts';
import { applySteps } from '../../helpers/apply-ops.ts';
import type { FakeProbe } from '../../helpers/fake-host.ts';
import { type FakeK3s, k3sProbes, renderedConfig } from '../../helpers/fake-k3s.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const folder = '/var/lib/rancher/k3s/agent/etc/containerd';
const sysbox = { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' };
const runtime = { ...sysbox, type: 'io.containerd.runc.v2' };
const dropInFile = `${folder}/config-v3.toml.d/50-k3sbox-sysbox-runc.toml`;
const template = `${folder}/config-v3.toml.tmpl`;
const withoutImports = renderedConfig.replace(/^imports.*\n/m, '');

const host = (k3s: FakeK3s = {}, files: Readonly<Record<string, string>> = {}, probes: readonly FakeProbe[] = []) => ({
  probes: [...probes, ...k3sProbes({ ...k3s, files: Object.keys(files).map((file) => file.slice(folder.length + 1)) })],
  files,
});

describe('where K3s reads drop-ins', () => {
  test('the runtime gets a file of its own', async () => {
    const { steps, result } = await planModule(containerdRuntime, sysbox, { host: host() });

    expect(steps.map(({ do: op }) => op)).toEqual([
      { kind: 'directory', path: '/var/lib/rancher', mode: '755' },
      { kind: 'directory', path: '/var/lib/rancher/k3s', mode: '755' },
      { kind: 'directory', path: '/var/lib/rancher/k3s/agent', mode: '755' },
      { kind: 'directory', path: '/var/lib/rancher/k3s/agent/etc', mode: '755' },
      { kind: 'directory', path: folder, mode: '755' },
      { kind: 'directory', path: `${folder}/config-v3.toml.d`, mode: '755' },
      {
        kind: 'file',
        path: dropInFile,
        content: { from: 'text', text: dropIn(3, runtime, true) },
        mode: '644',
        owner: 'root',
        group: 'root',
      },
    ]);
    expect(result).toEqual({ mode: 'drop-in', schema: 3, path: dropInFile, systemd_cgroup: true, adopted: false });
  });

  test('a second time there is nothing to do, and containerd is not asked', async () => {
    const deaf = { when: 'config dump', exitCode: 1 };

    expect(
      await saysOf(
        planModule(containerdRuntime, sysbox, { host: host({}, { [dropInFile]: dropIn(3, runtime, true) }, [deaf]) }),
      ),
    ).toEqual([]);
  });

  test('a cgroup driver that changed with K3s is followed', async () => {
    const old = { [dropInFile]: dropIn(3, runtime, false) };

    expect(await saysOf(planModule(containerdRuntime, sysbox, { host: host({}, old) }))).toEqual([
      `write ${dropInFile}`,
    ]);
  });

  test('the block that an older K3s needed goes, and so does a template that was ours alone', async () => {
    const ours = { [template]: withBlock(`${baseCall}\n`, 3, runtime) };
    const theirs = { [template]: withBlock(`${baseCall}\n# mine\n`, 3, runtime) };

    expect((await saysOf(planModule(containerdRuntime, sysbox, { host: host({}, ours) }))).at(-1)).toBe(
      `remove ${template}`,
    );
    const { steps } = await planModule(containerdRuntime, sysbox, {
      host: host({ config: `${renderedConfig}# mine\n` }, theirs),
    });
    expect(steps.at(-1)?.do).toMatchObject({
      kind: 'file',
      path: template,
      content: { text: `${baseCall}\n# mine\n` },
    });
  });
});

describe('where K3s has templates only', () => {
  const k3s = { config: withoutImports };

  test("a template is made that keeps K3s's configuration", async () => {
    const { steps } = await planModule(containerdRuntime, sysbox, { host: host(k3s) });

    expect(steps.map(({ do: op }) => op)).toEqual([
      expect.objectContaining({
        kind: 'file',
        path: template,
        content: { from: 'text', text: withBlock(`${baseCall}\n`, 3, runtime) },
      }),
    ]);
  });

  test('a template of somebody else keeps its text', async () => {
    const own = "[plugins.'x']\n  a = 1";
    const mine = `${baseCall}\n${own}`;
    const state = host({ config: `${withoutImports}${own}\n` }, { [template]: mine });

    const { steps } = await planModule(containerdRuntime, sysbox, { host: state });
    const after = applySteps(state, steps);

    expect(steps[0]?.diff?.after).toBe(withBlock(mine, 3, runtime));
    expect(await saysOf(planModule(containerdRuntime, sysbox, { host: after ?? {} }))).toEqual([]);
  });

  test("a template without K3s's configuration is refused, unless it is meant", async () => {
    const state = host(k3s, { [template]: withoutImports });

    await expect(planModule(containerdRuntime, sysbox, { host: state })).rejects.toThrow(
      /does not include K3s's own configuration/,
    );
    expect(await saysOf(planModule(containerdRuntime, { ...sysbox, force_template: true }, { host: state }))).toEqual([
      `write ${template}`,
    ]);
  });

  test('only an old template is extended, in its own schema', async () => {
    const old = `${folder}/config.toml.tmpl`;
    const state = host({ config: withoutImports.replace('version = 3', 'version = 2') }, { [old]: `${baseCall}\n` });

    const { steps } = await planModule(containerdRuntime, sysbox, { host: state });

    expect(steps.map(({ say }) => say)).toEqual([`write ${old}`]);
    expect(steps[0]?.diff?.after).toContain('[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."sysbox-runc"]');
  });
});

describe('containerd is asked first, and nothing is written when', () => {
  const foreign = `${renderedConfig}[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.sysbox-runc]\n  runtime_type = "x"\n`;

  test.each<[string, readonly FakeProbe[], RegExp]>([
    ['its configuration is broken already', [{ when: 'config dump', exitCode: 1 }], /is broken already/],
    ['it would ignore the file', [{ when: 'config dump', stdout: renderedConfig }], /would ignore/],
    [
      'it knows the runtime from somebody else',
      [{ when: 'config dump', stdout: foreign }],
      /knows sysbox-runc already, from a file that is not ours/,
    ],
    [
      'something else would change',
      [
        {
          when: 'config dump',
          stdout: (given) => (given.includes('sysbox') ? given.replace('conf_dir', 'other') : given),
        },
      ],
      /would change more than the runtime sysbox-runc/,
    ],
  ])('%s', async (_title, probes, message) => {
    await expect(planModule(containerdRuntime, sysbox, { host: host({}, {}, probes) })).rejects.toThrow(message);
  });
});

const theirs = (binary: string, cgroup: string) => [
  {
    when: 'config dump',
    stdout: `${renderedConfig}[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.sysbox-runc.options]\n  BinaryName = '${binary}'\n  SystemdCgroup = ${cgroup}\n`,
  },
];

describe('what somebody else wrote', () => {
  const adopt = { ...sysbox, adopt: true };

  test('is adopted and left alone when it is as ours would be', async () => {
    const planned = planModule(containerdRuntime, adopt, {
      host: host({}, {}, theirs('/usr/bin/sysbox-runc', 'true')),
    });

    expect(await planned).toMatchObject({ steps: [], result: { adopted: true } });
  });

  test.each([
    [
      '/usr/local/bin/sysbox-runc',
      'true',
      'BinaryName is /usr/local/bin/sysbox-runc, and has to be /usr/bin/sysbox-runc',
    ],
    ['/usr/bin/sysbox-runc', 'false', 'SystemdCgroup is false, and has to be true'],
    ['/usr/bin/sysbox-runc', '"true"', 'SystemdCgroup is "true", and has to be true'],
  ])('is refused with BinaryName %s and SystemdCgroup %s', async (binary, cgroup, output) => {
    const planned = planModule(containerdRuntime, adopt, { host: host({}, {}, theirs(binary, cgroup)) });

    await expect(planned).rejects.toMatchObject({ output });
  });
});

describe('state: absent', () => {
  const absent = { ...sysbox, state: 'absent' } as const;

  test('takes the drop-in away, and the block of a template', async () => {
    const state = host(
      {},
      { [dropInFile]: dropIn(3, runtime, true), [template]: withBlock(`${baseCall}\n# mine\n`, 3, runtime) },
    );

    expect(await saysOf(planModule(containerdRuntime, absent, { host: state }))).toEqual([
      `remove ${dropInFile}`,
      `write ${template}`,
    ]);
  });

  test('has nothing to do where nothing is', async () => {
    expect(await saysOf(planModule(containerdRuntime, absent, { host: host() }))).toEqual([]);
  });
});

describe('a template that K3s has not read yet', () => {
  const unread = /was changed since K3s was started last/;

  test.each<[string, string, string, RegExp]>([
    ['replaces what K3s writes', template, "version = 3\n[plugins.'x']\n", /does not include K3s's own configuration/],
    [
      'declares a table twice',
      template,
      `${baseCall}\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n`,
      unread,
    ],
    ['has a table more', template, `${baseCall}\n[plugins.'x']\n`, unread],
    ['is of the other schema', `${folder}/config.toml.tmpl`, `${baseCall}\n`, unread],
  ])('%s: it is refused, since our restart would have K3s read it', async (_title, file, text, message) => {
    await expect(planModule(containerdRuntime, sysbox, { host: host({}, { [file]: text }) })).rejects.toThrow(message);
  });

  test.each<[string, string, string]>([
    ['was read', `${baseCall}\n[plugins.'x']\n  a = {{ .SystemdCgroup }}\n`, "[plugins.'x']\n  a = true\n"],
    ['has conditions, so that nobody knows', `${baseCall}\n{{ if .IsRunningInUserNS }}\nx = 1\n{{ end }}\n`, ''],
  ])('one that %s is none of these', async (_title, text, rendered) => {
    const state = host({ config: renderedConfig + rendered }, { [template]: text });

    expect((await saysOf(planModule(containerdRuntime, sysbox, { host: state }))).at(-1)).toContain(
      `write ${dropInFile}`,
    );
  });
});
