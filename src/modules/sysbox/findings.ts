import type { K3sNode } from '../k3s/k3s-node.ts';
import type { NodeReport } from './preflight-probe.ts';
import { subordinateIdProblems } from './subordinate-ids.ts';
import { isAtLeast } from './versions.ts';

/** What stands in the way (`problems`), and what a person should know (`warnings`); sentences without a full stop. */
export interface Findings {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** What Sysbox needs of the machine. */
export function machineFindings(report: NodeReport, style: PodUserns = 'hostUsers'): Findings {
  const problems = [
    unless(
      report('uid') === '0',
      'the task does not run as root: use `become: true` with password-less sudo or a become password',
    ),
    unless(report('systemd') === 'yes', 'systemd is not the init system, and Sysbox is started by systemd units'),
    unless(/^(x86_64|aarch64)$/.test(report('arch')), `Sysbox is made for amd64 and arm64, not for ${report('arch')}`),
    style === 'annotation'
      ? unless(
          isAtLeast(report('kernel'), '5.12'),
          `the kernel ${report('kernel')} is too old: Sysbox needs 5.12 (id-mapped mounts)`,
        )
      : unless(
          isAtLeast(report('kernel'), '6.3'),
          `the kernel ${report('kernel')} is too old: pods with hostUsers: false need 6.3 (id-mapped tmpfs)`,
        ),
    unless(Number(report('user_namespaces')) > 0, 'user namespaces are off: raise user.max_user_namespaces'),
    unless(
      report('unprivileged_clone') !== '0',
      'user namespaces are off for ordinary users: set kernel.unprivileged_userns_clone to 1',
    ),
    unless(report('unshare') === 'ok', `a user namespace cannot be made here: ${report('unshare')}`),
    ...list(report('missing_module')).map((module) => `the kernel has no ${module}, neither built in nor as a module`),
    unless(report('seccomp') === 'yes', 'the kernel has no seccomp'),
    ...list(report('read_only')).map((folder) => `${folder} cannot be written: is this an image-based system?`),
    unless(
      !/^(overlayfs|nfs)/.test(report('filesystem')),
      `/var/lib/sysbox would lie on ${report('filesystem')}; it needs ext4, xfs or btrfs`,
    ),
    unless(
      Number(report('free_lib_gb')) >= 5,
      `/var/lib has ${report('free_lib_gb')} GB free; inner images need 5 GB at least`,
    ),
    unless(report('no_room') === '', '/usr/bin has less than 200 MB free'),
    programProblem(report),
    unless(
      report('package') === '',
      `the package sysbox-ce ${report('package')} is installed: remove it first, its scripts change Docker's settings`,
    ),
    unless(
      report('version') === '' || report('ours') === 'yes' || report('package') !== '',
      `Sysbox ${report('version')} is installed by other means: remove it first, or copy its version to sysbox_version and remove its units`,
    ),
    ...subordinateIdProblems(report('subuid'), '/etc/subuid'),
    ...subordinateIdProblems(report('subgid'), '/etc/subgid'),
  ];
  const warnings = [
    unless(
      style === 'hostUsers' || isAtLeast(report('kernel'), '5.19'),
      `the kernel ${report('kernel')} has no overlayfs on id-mapped mounts: Sysbox needs shiftfs before 5.19`,
    ),
    unless(
      report('apparmor_userns') !== '1',
      'kernel.apparmor_restrict_unprivileged_userns is 1; pods failed on some such nodes',
    ),
  ];
  return { problems: defined(problems), warnings: defined(warnings) };
}

/** Where Sysbox's own list names a distribution, by its id, and from which version on. */
const known: Readonly<Record<string, string>> = {
  ubuntu: '18.04',
  debian: '10',
  fedora: '34',
  rocky: '8',
  almalinux: '8',
  centos: '8',
  amzn: '2',
};

/** A distribution that nobody has tried; `distro` is "ubuntu 24.04". What the kernel can do decides, this is only said. */
export function distroWarning(distro: string): readonly string[] {
  const [id = '', version = ''] = distro.split(' ');
  if (id === '') return [];
  const since = known[id];
  // Debian's next release has no number yet
  const isKnown = since !== undefined && (version === '' || isAtLeast(version, since));
  return isKnown ? [] : [`Sysbox is not known to have been tried on ${distro.trim()}`];
}

/** How pods ask for their user namespace; the annotation is CRI-O's alone. */
export type PodUserns = 'hostUsers' | 'annotation';

/** What Sysbox needs of K3s on the node. */
export function k3sFindings(node: K3sNode, style: PodUserns = 'hostUsers'): Findings {
  const { unit, isActive, name, arguments: words } = node;
  const problems = [
    unless(isActive, `${unit} is not active`),
    unless(name !== '', 'the Kubernetes API does not answer this node'),
    unless(!words.includes('--rootless'), 'K3s runs rootless'),
    // With the annotation Kubernetes knows nothing of it.
    ...(style === 'annotation' ? [] : namespaceProblems(node)),
    runtimeProblem(node, style),
  ];
  return { problems: defined(problems), warnings: [] };
}

function namespaceProblems({ version, hasUserNamespaceGate: hasGate }: K3sNode): readonly (string | undefined)[] {
  const minor = Number(/^v1\.(\d+)\./.exec(version)?.[1] ?? 0);
  return [
    unless(
      minor >= 30,
      `K3s ${version} has no user namespaces for pods: they came with 1.30, and are on by default from 1.33`,
    ),
    unless(
      minor >= 33 || minor < 30 || hasGate,
      `K3s ${version} needs the feature gate UserNamespacesSupport on all servers and agents`,
    ),
  ];
}

function runtimeProblem({ unit, containerd, crio }: K3sNode, style: PodUserns): string | undefined {
  if (crio !== undefined) return undefined;
  if (style === 'annotation') {
    return 'pods can ask for a user namespace by an annotation with CRI-O alone: set sysbox_pod_userns to hostUsers';
  }
  if (containerd === undefined) {
    return `${unit} does not run a containerd of its own, and uses no CRI-O (--docker, another runtime, or it is not running)`;
  }
  return unless(
    isAtLeast(containerd.version, '2.0.5'),
    `containerd ${containerd.version} is too old: 2.0.5 is the first that reads what Sysbox offers (K3s 1.32.5, 1.33.1)`,
  );
}

function programProblem(report: NodeReport): string | undefined {
  const missing = list(report('missing_program'));
  if (missing.length === 0 || report('packages') !== '') return undefined;
  return `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing, and there is no package manager that could install them`;
}

function unless(isFine: boolean, problem: string): string | undefined {
  return isFine ? undefined : problem;
}

function list(text: string): readonly string[] {
  return text.split('\n').filter(Boolean);
}

function defined(items: readonly (string | undefined)[]): readonly string[] {
  return items.filter((item) => item !== undefined);
}
