import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { healthProbe } from '../sysbox/health-script.ts';
import { parseReport, type NodeReport } from '../sysbox/preflight-probe.ts';
import { programs, units } from '../sysbox/sysbox-node.ts';
import { isAtLeast } from '../sysbox/versions.ts';
import { failure, type Finding, unless, warning } from './finding.ts';

/** Sysbox on a node: its files, its daemons, and what it was proved with. */
export interface SysboxFacts {
  /** What `sysbox-runc --version` says; empty where there is none. */
  readonly version: string;
  /** What is wrong with daemons, sockets, versions and ids; empty when all is well. */
  readonly health: readonly string[];
  /** `name=value` lines of the probe below. */
  readonly seen: NodeReport;
}

const again = 'run playbooks/sysbox.yaml again';

export async function readSysbox(host: HostReader, version: string): Promise<SysboxFacts> {
  const [health, seen] = await Promise.all([
    host.probe(healthProbe({ version, commit: '' }), { unguarded: true }),
    host.probe(probe, { unguarded: true, timeoutMs: 60_000 }),
  ]);
  return { version, health: lines(health.stdout), seen: parseReport(seen) };
}

/** Whether anybody has put a part of Sysbox on the node. */
export function isInstalled({ version, seen }: SysboxFacts): boolean {
  return version !== '' || lines(seen('unit')).some((line) => !line.includes(' not-found '));
}

export function judgeSysbox(facts: SysboxFacts): readonly Finding[] {
  return [...judgeDaemons(facts), ...judgePrograms(facts), ...judgeLimits(facts)];
}

function judgeDaemons({ health, seen }: SysboxFacts): readonly Finding[] {
  const found = lines(seen('unit')).map((line) => line.split(' '));
  // Where a part is missing, that is all there is to say about health.
  const isWhole = pairs(seen('program')).size === programs.length && found.every(([, load]) => load !== 'not-found');
  return [
    ...unless(
      !isWhole || health.length === 0,
      failure(
        'sysbox',
        health.join('; '),
        'look at: journalctl -u sysbox-mgr -u sysbox-fs; then systemctl start sysbox',
      ),
    ),
    ...found.flatMap(judgeUnit),
    ...unless(
      seen('dead_mount') === '',
      failure(
        'sysbox',
        `mounts of a sysbox-fs that is gone: ${lines(seen('dead_mount')).join(', ')}`,
        'delete the pods that ran then (Transport endpoint is not connected); new ones get new mounts',
      ),
    ),
  ];
}

/** A line of the probe, in words. */
function judgeUnit([
  unit = '',
  load = '',
  enabled = '',
  reload = '',
  restarts = '0',
]: readonly string[]): readonly Finding[] {
  if (load === 'not-found') return [failure('sysbox', `the unit ${unit} is missing`, again)];
  return [
    ...unless(
      enabled === 'enabled',
      failure('sysbox', `${unit} is not enabled: it is not there after the next boot`, `systemctl enable ${unit}`),
    ),
    ...unless(
      reload !== 'yes',
      warning('sysbox', `the file of ${unit} was changed since systemd has read it`, 'systemctl daemon-reload'),
    ),
    ...unless(
      Number(restarts) === 0,
      warning(
        'sysbox',
        `systemd has started ${unit} again ${restarts} times: pods that ran then are broken`,
        'delete the pods that were there before',
      ),
    ),
  ];
}

function judgePrograms({ version, seen }: SysboxFacts): readonly Finding[] {
  const sums = pairs(seen('program'));
  const running = pairs(seen('running'));
  const staged = pairs(seen('staged'));
  return [
    ...programs.flatMap((name) => unless(sums.has(name), failure('sysbox', `/usr/bin/${name} is missing`, again))),
    ...programs.flatMap((name) =>
      unless(
        !staged.has(name) || !sums.has(name) || staged.get(name) === sums.get(name),
        failure(
          'sysbox',
          `/usr/bin/${name} is not the program that was staged as ${version}: somebody has replaced it`,
          again,
        ),
      ),
    ),
    ...[...running].flatMap(([name, sum]) =>
      unless(
        sum === sums.get(name),
        failure(
          'sysbox',
          `${name} still runs another program than /usr/bin/${name}`,
          'move the Sysbox pods away and restart it: playbooks/sysbox-upgrade.yaml does both',
        ),
      ),
    ),
    ...unless(
      version === '' || isAtLeast(version, '0.7.1'),
      warning(
        'sysbox',
        `Sysbox ${version} fails to start pods on many nodes with containerd 2`,
        'upgrade to 0.7.1 or later: playbooks/sysbox-upgrade.yaml',
      ),
    ),
  ];
}

function judgeLimits({ seen }: SysboxFacts): readonly Finding[] {
  return [
    ...lines(seen('sysctl')).map((line) => {
      const [name = '', wanted = '', is = ''] = line.split(' ');
      return warning(
        'sysbox',
        `${name} is ${is}, lower than ${wanted} of 99-sysbox-sysctl.conf`,
        'sysctl --system; something else has lowered it since',
      );
    }),
    ...lines(seen('module')).map((module) =>
      warning('sysbox', `the kernel module ${module} of 50-sysbox-mod.conf is not loaded`, `modprobe ${module}`),
    ),
  ];
}

/** What the canary pod of this node has proved, against what is there now. */
export function judgeProof(facts: SysboxFacts, label: string | undefined, now: ProofNow): readonly Finding[] {
  const proof = facts.seen('proof');
  const isOffered = label === 'running';
  if (!isOffered) {
    return [
      warning(
        'proof',
        `the node has not the label sysbox-runtime=running, so pods with the class sysbox-runc do not come here`,
        `${again}: it proves the node and sets the label`,
      ),
    ];
  }
  if (proof === '') {
    return [warning('proof', 'the node is offered to pods, and no pod of k3sbox has proved it', again)];
  }
  const [sysbox, kernel, k3s] = ['sysbox', 'kernel', 'k3s'].map(
    (key) => new RegExp(`^${key} (\\S+)`, 'm').exec(proof)?.[1] ?? '',
  );
  const containerd = /containerd (\S+)/.exec(proof)?.[1] ?? '';
  const changed = [
    difference('Sysbox', sysbox, facts.version),
    difference('the kernel', kernel, now.kernel),
    difference('K3s', k3s, now.k3s),
    difference('containerd', containerd, now.containerd),
  ].filter((each) => each !== undefined);
  return unless(
    changed.length === 0,
    warning('proof', `since its pod proved the node, ${changed.join(', ')}`, `${again}: it proves what has changed`),
  );
}

export interface ProofNow {
  readonly kernel: string;
  readonly k3s: string;
  /** Empty: not known. */
  readonly containerd: string;
}

function difference(what: string, was: string | undefined, is: string): string | undefined {
  return was === undefined || was === '' || is === '' || was === is ? undefined : `${what} went from ${was} to ${is}`;
}

/** What a label without a working runtime does: pods come here and fail. */
export function judgeOffer(node: string, label: string | undefined, findings: readonly Finding[]): readonly Finding[] {
  const isBroken = findings.some(
    ({ severity, check }) => severity === 'failure' && (check === 'sysbox' || check === 'containerd'),
  );
  return unless(
    label !== 'running' || !isBroken,
    failure(
      'sysbox',
      'the node is offered to pods (label sysbox-runtime=running), and they fail here',
      `take the label away until this is repaired: k3s kubectl label node ${node} sysbox-runtime-`,
    ),
  );
}

function pairs(text: string): ReadonlyMap<string, string> {
  return new Map(lines(text).map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter(Boolean);
}

const probe = sh`units=${units.join(' ')} programs=${programs.join(' ')}
${sh.raw(String.raw`
PATH=$PATH:/usr/sbin:/sbin
sum() { [ ! -r "$1" ] || { set -- "$(sha256sum <"$1")"; echo "${'$'}{1%% *}"; }; }
for unit in $units; do
  show() { systemctl show "$unit" -p "$1" --value; }
  echo "unit=$unit $(show LoadState) $(systemctl is-enabled "$unit" 2>/dev/null || echo no) $(show NeedDaemonReload) $(show NRestarts)"
  pid=$(show MainPID)
  case $unit in sysbox.service) continue;; esac
  [ "${'$'}{pid:-0}" = 0 ] || echo "running=${'$'}{unit%.service} $(sum "/proc/$pid/exe")"
done
version=$(/usr/bin/sysbox-runc --version 2>/dev/null | sed -n 's/^[[:space:]]*version:[[:space:]]*v\{0,1\}//p')
for name in $programs; do
  [ ! -f "/usr/bin/$name" ] || echo "program=$name $(sum "/usr/bin/$name")"
  [ ! -f "/opt/k3sbox/sysbox/$version/$name" ] || echo "staged=$name $(sum "/opt/k3sbox/sysbox/$version/$name")"
done
sed -n 's/^\([a-z][a-z0-9_.]*\)[[:space:]]*=[[:space:]]*\([0-9][0-9]*\)$/\1 \2/p' /etc/sysctl.d/99-sysbox-sysctl.conf 2>/dev/null |
  while read -r key wanted; do
    is=$(cat "/proc/sys/$(echo "$key" | tr . /)" 2>/dev/null) || continue
    [ "$is" -ge "$wanted" ] 2>/dev/null || echo "sysctl=$key $wanted $is"
  done
for module in $(grep -v '^#' /etc/modules-load.d/50-sysbox-mod.conf 2>/dev/null); do
  grep -qw "$module" /proc/filesystems || grep -q "^$module " /proc/modules || echo "module=$module"
done
for mount in $(awk '$2 ~ "^/var/lib/sysboxfs/" {print $2}' /proc/mounts | head -n 50); do
  timeout 5 stat "$mount" >/dev/null 2>&1 || echo "dead_mount=$mount"
done
[ ! -f /var/lib/k3sbox/sysbox-proof ] || sed 's/^/proof=/' /var/lib/k3sbox/sysbox-proof
exit 0`)}`;
