import { isIPv4 } from 'node:net';

import type { Value, Values } from '../base/value.ts';

/** Prints facts as `key=value` lines: one round trip, no python, only what every node has. */
export const factsScript = String.raw`
k_os(){ [ -r /etc/os-release ]&&(. /etc/os-release;printf 'os_id=%s\nos_like=%s\nos_version=%s\nos_codename=%s\nos_name=%s\n' "$ID" "$ID_LIKE" "$VERSION_ID" "$VERSION_CODENAME" "$NAME");}
k_os 2>/dev/null
printf 'nodename=%s\nkernel=%s\nkernel_version=%s\nsystem=%s\narchitecture=%s\n' "$(uname -n)" "$(uname -r)" "$(uname -v)" "$(uname -s)" "$(uname -m)"
f=$(hostname -f 2>/dev/null)||f=;printf 'fqdn=%s\n' "$f"
printf 'user_id=%s\nuser_uid=%s\nuser_gid=%s\nuser_dir=%s\nuser_shell=%s\n' "$(id -un)" "$(id -u)" "$(id -g)" "$HOME" "$SHELL"
i=$(cat /proc/1/comm 2>/dev/null);[ -d /run/systemd/system ]&&i=systemd;printf 'service_mgr=%s\n' "$i"
for p in apt-get:apt dnf:dnf yum:yum apk:apk zypper:zypper pacman:pacman;do command -v "$(printf %s "$p"|cut -d: -f1)" >/dev/null 2>&1&&{ printf 'pkg_mgr=%s\n' "$(printf %s "$p"|cut -d: -f2)";break;};done
awk '/^MemTotal:/{print "memtotal_kb=" $2}/^MemAvailable:/{print "memfree_kb=" $2}/^SwapTotal:/{print "swaptotal_kb=" $2}' /proc/meminfo 2>/dev/null
printf 'processor_count=%s\n' "$(grep -c ^processor /proc/cpuinfo 2>/dev/null)"
printf 'uptime_seconds=%s\n' "$(cut -d. -f1 /proc/uptime 2>/dev/null)"
printf 'boot_id=%s\n' "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
printf 'machine_id=%s\n' "$(cat /etc/machine-id 2>/dev/null)"
printf 'date_epoch=%s\n' "$(date +%s)"
printf 'selinux=%s\n' "$(cat /sys/fs/selinux/enforce 2>/dev/null)"
r=$(ip -4 route get 192.0.2.1 2>/dev/null||ip -4 route show default 2>/dev/null)
printf '%s\n' "$r"|awk '{for(i=1;i<NF;i++){if($i=="dev")print "default_interface="$(i+1);if($i=="src")print "default_address="$(i+1);if($i=="via")print "default_gateway="$(i+1)}exit}'
ip -o -4 addr show 2>/dev/null|awk '$2!="lo"{split($4,a,"/");print "ipv4="a[1]}'
ip -o -6 addr show scope global 2>/dev/null|awk '{split($4,a,"/");print "ipv6="a[1]}'
`.trim();

const families: readonly (readonly [family: string, ids: RegExp])[] = [
  ['Debian', /\b(debian|ubuntu)\b/],
  ['RedHat', /\b(rhel|fedora|centos|rocky|almalinux|amzn)\b/],
  ['Suse', /\b(suse|sles|opensuse\S*)\b/],
  ['Alpine', /\balpine\b/],
  ['Archlinux', /\barch\b/],
];

/** Facts under Ansible's names (without the `ansible_` prefix) from what {@link factsScript} printed. */
export function parseFacts(output: string): Values {
  const lines = output.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  const first = new Map(lines.toReversed());
  const all = (key: string): string[] => lines.filter(([name]) => name === key).map(([, value]) => value);
  const text = (key: string): string => first.get(key) ?? '';
  const number = (key: string): number => Number.parseInt(text(key), 10) || 0;
  const distribution = distributionName(text('os_id'), text('os_name'));
  const address = text('default_address') || all('ipv4').find((ip) => isIPv4(ip)) || '';
  const facts: Record<string, Value> = {
    hostname: text('nodename').split('.')[0] ?? '',
    nodename: text('nodename'),
    fqdn: text('fqdn') || text('nodename'),
    system: text('system'),
    kernel: text('kernel'),
    kernel_version: text('kernel_version'),
    architecture: text('architecture'),
    machine: text('architecture'),
    distribution,
    distribution_version: text('os_version'),
    distribution_major_version: text('os_version').split('.')[0] ?? '',
    distribution_release: text('os_codename'),
    os_family: families.find(([, ids]) => ids.test(`${text('os_id')} ${text('os_like')}`))?.[0] ?? distribution,
    service_mgr: text('service_mgr'),
    pkg_mgr: text('pkg_mgr') || 'unknown',
    user_id: text('user_id'),
    user_uid: number('user_uid'),
    user_gid: number('user_gid'),
    user_dir: text('user_dir'),
    user_shell: text('user_shell'),
    memtotal_mb: Math.round(number('memtotal_kb') / 1024),
    memfree_mb: Math.round(number('memfree_kb') / 1024),
    swaptotal_mb: Math.round(number('swaptotal_kb') / 1024),
    processor_vcpus: number('processor_count'),
    processor_count: number('processor_count'),
    uptime_seconds: number('uptime_seconds'),
    boot_id: text('boot_id'),
    machine_id: text('machine_id'),
    date_time: { epoch: text('date_epoch') },
    selinux: { status: text('selinux') === '' ? 'disabled' : 'enabled' },
    default_ipv4: { address, interface: text('default_interface'), gateway: text('default_gateway') },
    all_ipv4_addresses: all('ipv4'),
    all_ipv6_addresses: all('ipv6'),
  };
  return facts;
}

const names: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  rhel: 'RedHat',
  centos: 'CentOS',
  rocky: 'Rocky',
  almalinux: 'AlmaLinux',
  fedora: 'Fedora',
  alpine: 'Alpine',
  arch: 'Archlinux',
  'opensuse-leap': 'openSUSE Leap',
  amzn: 'Amazon',
};

function distributionName(id: string, name: string): string {
  return names[id] ?? (name || id);
}
