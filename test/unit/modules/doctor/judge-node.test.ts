import { describe, expect, test } from 'vitest';

import { judgeNode, type NodeFacts } from '../../../../src/modules/doctor/doctor.ts';
import { baseCall, dropIn, withBlock, type Runtime } from '../../../../src/modules/k3s/runtime-config.ts';
import {
  containerdFacts,
  folder,
  goodDump,
  nodeFacts,
  noSysbox,
  ownDropIn,
  plainContainerd,
  report,
  sysboxFacts,
} from '../../../helpers/fake-doctor.ts';
import { type FakeK3s, machineReport, renderedConfig } from '../../../helpers/fake-k3s.ts';

/** "failure sysbox: text", one for each finding. */
const found = (more: Partial<NodeFacts> = {}, k3s: FakeK3s = {}, skewMs = 0): readonly string[] =>
  judgeNode(nodeFacts(more, k3s), skewMs).map(({ severity, check, message }) => `${severity} ${check}: ${message}`);

/** What the label adds wherever the node is broken. */
const offered = expect.stringMatching(/^failure sysbox: the node is offered to pods/);
const runtime: Runtime = { name: 'sysbox-runc', type: 'io.containerd.runc.v2', binary: '/usr/bin/sysbox-runc' };

test('on a healthy node there is nothing to say', () => {
  expect(found()).toEqual([]);
});

test('a node without Sysbox is one warning', () => {
  expect(found({ sysbox: noSysbox, containerd: plainContainerd, label: undefined })).toEqual([
    'warning sysbox: Sysbox is not installed here',
  ]);
});

test('a host without K3s says so', () => {
  expect(found({ node: undefined, containerd: undefined })).toEqual([
    'failure k3s: K3s is not installed as a systemd service',
  ]);
});

test('a server that runs no pods needs no Sysbox', () => {
  expect(found({ sysbox: noSysbox, label: undefined }, { role: 'server', words: '--disable-agent' })).toEqual([]);
});

describe('half installed', () => {
  test('programs without units', () => {
    const sysbox = sysboxFacts({ unit: ['sysbox-mgr.service not-found no no 0'], running: [] });

    expect(found({ sysbox, containerd: plainContainerd, label: undefined })).toEqual([
      'failure sysbox: the unit sysbox-mgr.service is missing',
      'failure containerd: containerd is not told about sysbox-runc',
      expect.stringMatching(/^warning proof: the node has not the label/),
    ]);
  });

  test('a registered runtime without programs', () => {
    expect(found({ sysbox: noSysbox })).toContainEqual('failure sysbox: /usr/bin/sysbox-runc is missing');
  });

  test('everything but the pod that proves it', () => {
    expect(found({ sysbox: sysboxFacts({ proof: [] }), label: undefined })).toEqual([
      expect.stringMatching(/^warning proof: the node has not the label/),
    ]);
  });
});

describe('daemons and programs', () => {
  test.each<[string, NodeFacts['sysbox'], readonly unknown[]]>([
    [
      'a dead daemon',
      sysboxFacts({}, { health: ['sysbox-fs.service is failed'] }),
      ['failure sysbox: sysbox-fs.service is failed', offered],
    ],
    [
      'a unit that is not there after the next boot',
      sysboxFacts({ unit: ['sysbox.service loaded disabled no 0'] }),
      [expect.stringContaining('sysbox.service is not enabled'), offered],
    ],
    [
      'a unit file that systemd has not read',
      sysboxFacts({ unit: ['sysbox.service loaded enabled yes 0'] }),
      [expect.stringContaining('warning sysbox: the file of sysbox.service was changed')],
    ],
    [
      'a daemon that was started again',
      sysboxFacts({ unit: ['sysbox-mgr.service loaded enabled no 2'] }),
      [expect.stringContaining('started sysbox-mgr.service again 2 times')],
    ],
    [
      'a program that somebody has replaced',
      sysboxFacts({ program: ['sysbox-runc x', 'sysbox-mgr b', 'sysbox-fs c'] }),
      [expect.stringContaining('sysbox-runc is not the program that was staged as 0.7.1'), offered],
    ],
    [
      'a daemon that runs an older program',
      sysboxFacts({ running: ['sysbox-mgr old', 'sysbox-fs c'] }),
      [expect.stringContaining('sysbox-mgr still runs another program'), offered],
    ],
    [
      'mounts of a dead sysbox-fs',
      sysboxFacts({ dead_mount: ['/var/lib/sysboxfs/ab/proc/uptime'] }),
      [expect.stringContaining('mounts of a sysbox-fs that is gone'), offered],
    ],
    [
      'a limit that was lowered',
      sysboxFacts({ sysctl: ['fs.inotify.max_user_watches 1048576 8192'] }),
      ['warning sysbox: fs.inotify.max_user_watches is 8192, lower than 1048576 of 99-sysbox-sysctl.conf'],
    ],
    [
      'a module that is gone',
      sysboxFacts({ module: ['configfs'] }),
      ['warning sysbox: the kernel module configfs of 50-sysbox-mod.conf is not loaded'],
    ],
  ])('%s', (_title, sysbox, expected) => {
    expect(found({ sysbox })).toEqual(expected);
  });

  test('Sysbox 0.7.0 is a warning', () => {
    const sysbox = sysboxFacts({ proof: [] }, { version: '0.7.0' });

    expect(found({ sysbox })).toContainEqual(expect.stringContaining('Sysbox 0.7.0 fails to start pods'));
  });
});

describe('the proof', () => {
  test.each([
    ['another kernel', { kernel: '6.18.0-amd64' }, {}, 'the kernel went from 6.12.3-amd64 to 6.18.0-amd64'],
    ['another K3s', {}, { version: 'v1.35.3+k3s1' }, 'K3s went from v1.34.6+k3s1 to v1.35.3+k3s1'],
    ['another containerd', {}, { containerd: '2.2.2' }, 'containerd went from 2.1.9 to 2.2.2'],
  ] as const)('is of %s', (_title, more, k3s, text) => {
    expect(found(more, k3s)).toEqual([`warning proof: since its pod proved the node, ${text}`]);
  });

  test('is not there', () => {
    expect(found({ sysbox: sysboxFacts({ proof: [] }) })).toEqual([
      'warning proof: the node is offered to pods, and no pod of k3sbox has proved it',
    ]);
  });
});

describe('containerd', () => {
  const own = `${folder}/config-v3.toml.d/50-k3sbox-sysbox-runc.toml`;
  const theirs = { dropIns: { 2: undefined, 3: undefined } } as const;
  const withoutImports = renderedConfig.replace(/^imports.*\n/m, '');
  const ofTemplates = (more: Partial<Record<2 | 3, string>>) =>
    containerdFacts({ config: withoutImports, ...theirs, templates: { 2: undefined, 3: undefined, ...more } });
  const block = withBlock(`${baseCall}\n`, 3, runtime);

  test('a template with our block is as good as a drop-in', () => {
    expect(found({ containerd: ofTemplates({ 3: block }) })).toEqual([]);
  });

  test.each<[string, NodeFacts['containerd'], readonly unknown[]]>([
    [
      'does not accept its files',
      containerdFacts({
        dump: { exitCode: 1, stdout: '', stderr: 'x\ncontainerd: failed to unmarshal TOML at row 1\n' },
      }),
      [expect.stringContaining('its drop-ins: containerd: failed to unmarshal TOML at row 1'), offered],
    ],
    [
      'has lost its network',
      containerdFacts({ config: renderedConfig.replace(/^.*conf_dir.*\n/m, '') }),
      [expect.stringContaining('does not say where the network'), offered],
    ],
    [
      'has a template without the base',
      ofTemplates({ 3: 'version = 3\n' }),
      [
        expect.stringContaining("config-v3.toml.tmpl does not include K3s's own configuration"),
        expect.stringContaining('is in a configuration that is not ours'),
        offered,
      ],
    ],
    [
      'has both templates',
      ofTemplates({ 2: `${baseCall}\n`, 3: block }),
      [expect.stringContaining('has both templates')],
    ],
    [
      "has runc's table in a template, too",
      ofTemplates({
        3: `${baseCall}\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n${block.split('\n').slice(1).join('\n')}`,
      }),
      [
        expect.stringContaining(
          'declares the table plugins.io.containerd.cri.v1.runtime.containerd.runtimes.runc twice',
        ),
        offered,
      ],
    ],
    [
      'does not read our drop-in',
      containerdFacts({ config: withoutImports }),
      [`failure containerd: ${own} is not read: config.toml has no imports line`, offered],
    ],
    [
      'has a drop-in that somebody changed',
      containerdFacts({ dropIns: { 2: undefined, 3: `${ownDropIn}# mine\n` } }),
      [`warning containerd: somebody changed ${own}`],
    ],
    [
      'has a drop-in and still a block',
      containerdFacts({ templates: { 2: undefined, 3: block } }),
      [expect.stringContaining('the runtime is in a template and in a drop-in')],
    ],
    [
      "has the runtime from somebody else's file",
      containerdFacts(theirs),
      ['warning containerd: sysbox-runc is in a configuration that is not ours'],
    ],
    [
      'has another cgroup driver for Sysbox',
      containerdFacts({
        dump: { exitCode: 0, stdout: renderedConfig + dropIn(3, runtime, false), stderr: '' },
        dropIns: { 2: undefined, 3: dropIn(3, runtime, false) },
      }),
      [
        `warning containerd: somebody changed ${own}`,
        expect.stringContaining('sysbox-runc has SystemdCgroup = false, runc has true'),
        offered,
      ],
    ],
    [
      'has the driver as a text, which it takes without a word',
      containerdFacts({
        dump: { exitCode: 0, stdout: goodDump.replace(/(SystemdCgroup = )true\n$/, '$1"true"\n'), stderr: '' },
      }),
      [expect.stringContaining('sysbox-runc has SystemdCgroup = "true", runc has true'), offered],
    ],
    [
      'was not restarted',
      containerdFacts({ live: plainContainerd.live }),
      [expect.stringContaining('containerd does not know sysbox-runc yet: K3s was not restarted since'), offered],
    ],
    [
      'was started when features failed',
      containerdFacts({
        live: {
          isKnown: true,
          hasUserNamespaces: false,
          binary: '/usr/bin/sysbox-runc',
          systemdCgroup: true,
          runcSystemdCgroup: true,
        },
      }),
      [expect.stringContaining('containerd asked sysbox-runc for its features'), offered],
    ],
  ])('%s', (_title, containerd, expected) => {
    expect(found({ containerd })).toEqual(expected);
  });

  test('the runtime that was removed and is still served', () => {
    const { live } = containerdFacts();

    expect(found({ sysbox: noSysbox, label: undefined, containerd: { ...plainContainerd, live } })).toContainEqual(
      expect.stringContaining('still knows sysbox-runc'),
    );
  });
});

describe('the machine', () => {
  test('what the preflight would refuse is a failure', () => {
    expect(found({ machine: report(machineReport({ kernel: '5.15.0' })) })).toEqual([
      expect.stringContaining('failure machine: the kernel 5.15.0 is too old'),
    ]);
  });

  test('what k3s check-config misses is a warning', () => {
    expect(found({ configCheck: ['- CONFIG_VXLAN: missing (fail)'] })).toEqual([
      'warning k3s: k3s check-config: CONFIG_VXLAN: missing (fail)',
    ]);
  });

  test.each([
    [75_000, "warning machine: its clock is 75 s ahead of this machine's"],
    [-75_000, "warning machine: its clock is 75 s behind this machine's"],
  ])('a clock that is %i ms off', (skewMs, message) => {
    expect(found({}, {}, skewMs)).toEqual([message]);
  });
});

describe('what runs have left', () => {
  test.each([
    ['lock=run=r1\nlock=owner=ana\nlock_age=400\n', /locked by a run that has stopped 400 s ago: run=r1, owner=ana/],
    ['lock=run=r1\nlock_age=3\n', /takes part in a run right now/],
    ['deadman=r1\n', /a dead-man switch of the run r1 is armed/],
  ])('%j', (text, message) => {
    expect(found({ leftovers: report(text) })).toEqual([expect.stringMatching(message)]);
  });
});

test('a broken node is explained by its logs; a healthy one may have had errors before', () => {
  const logs = [
    { where: 'sysbox-mgr', text: 'level=fatal msg="rsync is not installed on host."' },
    { where: 'sysbox-mgr', text: 'level=fatal msg="rsync is not installed on host."' },
    { where: 'k3s-agent.service', text: 'Started' },
  ];
  const sysbox = sysboxFacts({}, { health: ['sysbox-mgr.service is failed'] });

  expect(found({ logs })).toEqual([]);
  expect(judgeNode(nodeFacts({ logs, sysbox }), 0).at(-1)).toMatchObject({
    severity: 'failure',
    check: 'logs',
    message: 'sysbox-mgr: level=fatal msg="rsync is not installed on host."',
    cause: 'sysbox-mgr does not start without rsync, modprobe and iptables',
  });
});
