import { sh, type ShellCommand } from '../../base/sh.ts';
import type { Findings } from '../sysbox/findings.ts';
import type { NodeReport } from '../sysbox/preflight-probe.ts';
import type { K3sNode } from './k3s-node.ts';

/** What a host is to become, and what it is. */
export interface Installation {
  readonly role: K3sNode['role'];
  /** The K3s that is there already. */
  readonly node: K3sNode | undefined;
  /** K3s finds its address by the default route, unless it is told. */
  readonly needsRoute: boolean;
}

/** What K3s needs of a machine (docs.k3s.io, requirements). */
export function installFindings(report: NodeReport, { role, node, needsRoute }: Installation): Findings {
  const isNew = node === undefined;
  const problems = [
    unless(report('uid') === '0', 'the task does not run as root: use `become: true`'),
    unless(report('systemd') === 'yes', 'systemd is not the init system'),
    unless(/^(x86_64|aarch64)$/.test(report('arch')), `there is no K3s for ${report('arch')} in this playbook`),
    unless(
      !needsRoute || report('route') === 'yes',
      'there is no default route, and K3s finds its address by it: add one, or set node-ip and flannel-iface, and k3s_needs_default_route: false',
    ),
    unless(report('cgroups') !== '', `the kernel offers no cgroup controller ${missingControllers(report)}`),
    unless(Number(report('memory_mb')) >= 500, `it has ${report('memory_mb')} MB of memory; K3s needs 512 at least`),
    unless(isNew || node.role === role, `it is a K3s ${node?.role ?? ''} already, and is to be a ${role}`),
    ...(isNew ? list(report('port')).map((port) => `port ${port} is in use, and K3s needs it`) : []),
    ...list(report('missing_module')).map((module) => `the kernel has no ${module}, neither built in nor as a module`),
  ];
  const warnings = [
    unless(report('swap') !== 'yes', 'swap is on: limits of memory are not what pods see'),
    ...list(report('firewall')).map(
      (name) => `${name} is active: it must let through 6443, 10250 and 8472/udp, on servers 2379 and 2380, too`,
    ),
    unless(report('nm_cloud') !== 'yes', 'nm-cloud-setup is enabled: it takes routes from pods'),
  ];
  return { problems: defined(problems), warnings: defined(warnings) };
}

/** Why K3s cannot go from one version to another; undefined when it can. Kubernetes goes up minor by minor, and never down one. */
export function whyNotUpgrade(from: string | undefined, to: string, isUpgrade: boolean): string | undefined {
  if (from === undefined) return isUpgrade ? 'K3s is not installed here: there is nothing to upgrade' : undefined;
  if (!isUpgrade) {
    return from === to ? undefined : `K3s ${from} is installed: playbooks/k3s-upgrade.yaml brings ${to}`;
  }
  const [is, wanted] = [numbers(from), numbers(to)];
  if (is.major !== wanted.major || wanted.minor > is.minor + 1) {
    return `from ${from} to ${to} is more than one minor version: go by v${is.major}.${is.minor + 1} first`;
  }
  if (wanted.minor < is.minor) return `${to} is older than ${from}: Kubernetes cannot go back by a minor version`;
  return undefined;
}

function numbers(version: string): { readonly major: number; readonly minor: number } {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  return { major: Number(major), minor: Number(minor) };
}

function missingControllers(report: NodeReport): string {
  return report('missing_cgroups').replaceAll('\n', ', ');
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

/** Prints `name=value` lines that stay the same while nothing changes. Ports are written in hexadecimal in /proc. */
export function machineProbe(modules: readonly string[]): ShellCommand {
  return sh`modules=${modules.join(' ')}
${sh.raw(script)}`;
}

const script = String.raw`
PATH=$PATH:/usr/sbin:/sbin
has() { grep -qw "$1" /proc/filesystems || [ -d "/sys/module/$1" ] || modprobe -n "$1" 2>/dev/null; }
echo "uid=$(id -u)"
[ -d /run/systemd/system ] && echo systemd=yes
echo "arch=$(uname -m)"
awk '$2 == "00000000" { found = 1 } END { exit !found }' /proc/net/route && echo route=yes
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  echo "cgroups=v2"
else
  grep -q '^memory' /proc/cgroups && echo "cgroups=v1" || echo missing_cgroups=memory
fi
echo "memory_mb=$(awk '/^MemTotal:/{print int($2 / 1024)}' /proc/meminfo)"
[ "$(wc -l </proc/swaps)" -le 1 ] || echo swap=yes
for name in firewalld ufw; do systemctl is-active -q "$name" 2>/dev/null && echo "firewall=$name"; done
systemctl is-enabled -q nm-cloud-setup.service 2>/dev/null && echo nm_cloud=yes
for module in $modules; do has "$module" || echo "missing_module=$module"; done
for port in 6443:192B 10250:280A 2379:094B 2380:094C; do
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v hex="${'$'}{port#*:}" '$4 == "0A" && $2 ~ ":" hex "$" { found = 1 } END { exit !found }' &&
    echo "port=${'$'}{port%%:*}"
done
exit 0`.trim();
