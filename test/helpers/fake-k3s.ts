import { sha256Hex } from '../../src/base/digest.ts';
import type { FakeProbe } from './fake-host.ts';

const folder = '/var/lib/rancher/k3s/agent/etc/containerd';

/** A K3s node as its probes describe it. */
export interface FakeK3s {
  readonly role?: 'server' | 'agent';
  readonly name?: string;
  readonly version?: string;
  readonly containerd?: string;
  /** Words behind `server` or `agent`. */
  readonly words?: string;
  readonly dataDir?: string;
  /** The feature gate of user namespaces stands in K3s's configuration. */
  readonly hasGate?: boolean;
  /** What K3s rendered. */
  readonly config?: string;
  /** Beside config.toml, relative to its folder. */
  readonly files?: readonly string[];
  /** Handlers that the running containerd serves, with or without user namespaces. */
  readonly live?: Readonly<
    Record<string, { readonly userNamespaces: boolean; readonly binary?: string; readonly systemdCgroup?: boolean }>
  >;
  /** Where a CRI-O listens that K3s uses instead of its containerd. */
  readonly crio?: string;
  /** As `kubectl get nodes -o json` has them. */
  readonly nodes?: readonly FakeNode[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** What K3s 1.34.6 writes for containerd, as far as it matters. */
export const renderedConfig = `version = 3
imports = ["${folder}/config-v3.toml.d/*.toml"]
[plugins.'io.containerd.cri.v1.runtime'.cni]
  conf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`;

/** What a CRI-O has, as far as it matters. */
export const crioConfig = `[crio.runtime]
cgroup_manager = "systemd"
[crio.runtime.runtimes.runc]
runtime_path = "/usr/bin/runc"
`;

/** What the node probe prints. */
export function nodeReport(k3s: FakeK3s = {}): string {
  const { role = 'agent', name = 'n2', version = 'v1.34.6+k3s1', containerd = '2.1.9', words = '' } = k3s;
  const { dataDir = '/var/lib/rancher/k3s', config = renderedConfig, files = [], crio } = k3s;
  return [
    `unit=${role === 'server' ? 'k3s' : 'k3s-agent'}.service`,
    `command=/usr/local/bin/k3s ${role} ${words}`.trimEnd(),
    'active=active',
    ...(k3s.hasGate === true ? ['gate=yes'] : []),
    ...(crio === undefined ? [] : [`endpoint=${crio}`, 'crio=/usr/bin/crio', 'crio_version=1.34.2']),
    `version=${version}`,
    ...(containerd === '' || crio !== undefined ? [] : [`config=${dataDir}/agent/etc/containerd/config.toml`]),
    `data=${dataDir}`,
    `containerd=${dataDir}/data/current/bin/containerd`,
    `containerd_version=${containerd}`,
    `name=${name}`,
    ...['config.toml', ...files].map((file) => `file=${file}`),
    config.replaceAll(/^(?=.)/gm, '|'),
  ].join('\n');
}

/** Answers of a node on which K3s runs. Put probes of your own before them. */
export function k3sProbes(k3s: FakeK3s = {}): readonly FakeProbe[] {
  const { nodes = [fakeNode('n1'), fakeNode('n2')], labels = {} } = k3s;
  return [
    { when: 'list-units --all', stdout: nodeReport(k3s) },
    // Merges a drop-in into the configuration, as containerd does, and prints what came out.
    { when: 'config dump', stdout: (stdin) => stdin.replace(/\n# managed by k3sbox.*\nversion = \d/, '') },
    // Prints what it has, and the file that is to come.
    { when: '--config-dir', stdout: (stdin) => `${crioConfig}${stdin}` },
    { when: 'status config', stdout: crioConfig },
    { when: /crictl (--runtime-endpoint \S+ )?info/, stdout: crictlInfo(k3s) },
    { when: /crictl (--runtime-endpoint \S+ )?pods/, stdout: '{"items": []}' },
    { when: 'crictl images', stdout: 'sha256:1\n' },
    {
      when: /get nodes -o 'jsonpath=\{range .items\[\*\]\}\{.metadata.name\}\{"\\t"\}/,
      stdout: nodes.map(nodeLine).join(''),
    },
    { when: 'get node n1', stdout: JSON.stringify(nodes[0]) },
    { when: '{.metadata.labels}', stdout: JSON.stringify(labels) },
    { when: 'unshare -U', stdout: machineReport() },
    { when: '/proc/net/route', stdout: 'uid=0\nsystemd=yes\narch=x86_64\nroute=yes\ncgroups=v2\nmemory_mb=2000\n' },
    { when: 'sha256sum <"/proc/$pid/exe"', stdout: '\n\n' },
    { when: '/run/sysbox/sysmgr.sock', exitCode: 1, stdout: 'sysbox.service is inactive\n' },
    { when: 'kubectl' },
  ];
}

/** What the preflight probe prints on a machine that has everything; `more` has lines that differ. */
export function machineReport(more: Readonly<Record<string, string>> = {}): string {
  const fine = {
    uid: '0',
    systemd: 'yes',
    arch: 'x86_64',
    kernel: '6.12.3-amd64',
    user_namespaces: '96365',
    unprivileged_clone: 'absent',
    apparmor_userns: 'absent',
    unshare: 'ok',
    seccomp: 'yes',
    filesystem: 'ext2/ext3',
    free_lib_gb: '40',
    packages: 'apt-get',
  };
  return Object.entries({ ...fine, ...more })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

interface FakeNode {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly unschedulable: boolean };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

/** What the cluster's nodes are asked for, a line each. */
function nodeLine({ metadata: { name, labels }, spec, status }: FakeNode): string {
  const ready = status.conditions.find(({ type }) => type === 'Ready')?.status ?? '';
  return `${[name, spec.unschedulable, ready, '10.0.0.1', '["10.42.0.0/24"]', JSON.stringify(labels)].join('\t')}\n`;
}

/** A node as the API has it. */
export function fakeNode(
  name: string,
  more: { readonly ready?: boolean; readonly roles?: readonly string[]; readonly cordoned?: boolean } = {},
): FakeNode {
  const labels = Object.fromEntries((more.roles ?? []).map((role) => [`node-role.kubernetes.io/${role}`, 'true']));
  const status = (more.ready ?? true) ? 'True' : 'False';
  return {
    metadata: { name, labels },
    spec: { unschedulable: more.cordoned ?? false },
    status: { conditions: [{ type: 'Ready', status }] },
  };
}

function crictlInfo({ live = {} }: FakeK3s): string {
  const runtimes = Object.entries(live).map(([name, { binary = `/usr/bin/${name}`, systemdCgroup = true }]) => [
    name,
    { options: { BinaryName: binary, SystemdCgroup: systemdCgroup } },
  ]);
  return JSON.stringify({
    config: {
      containerd: { runtimes: { runc: { options: { SystemdCgroup: true } }, ...Object.fromEntries(runtimes) } },
    },
    runtimeHandlers: Object.entries(live).map(([name, { userNamespaces }]) => ({
      name,
      features: { user_namespaces: userNamespaces },
    })),
  });
}

/** The start of a program: an ELF header with one program header (type 1 is a load, 3 asks for a dynamic linker). */
export function elf({ machine = 0x3e, headerType = 1 } = {}): Buffer {
  const bytes = Buffer.alloc(120);
  bytes.write('\u007fELF\u0002\u0001', 'latin1');
  bytes.writeUInt16LE(machine, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(headerType, 64);
  return bytes;
}

/** An artifacts folder of Sysbox as `fakeFiles` takes it. */
export function fakeArtifacts(
  dir: string,
  program: Buffer = elf(),
  more: object = {},
): Readonly<Record<string, string | Buffer>> {
  const names = ['sysbox-runc', 'sysbox-mgr', 'sysbox-fs'];
  const files = names.map((name) => ({ name, sha256: sha256Hex(program) }));
  const manifest = JSON.stringify({ version: '0.7.1', commit: 'c0ffee', arch: 'amd64', files, ...more });
  return {
    [`${dir}/manifest.json`]: manifest,
    ...Object.fromEntries(names.map((name) => [`${dir}/${name}`, program])),
  };
}
