import { sh, type ShellCommand } from '../../base/sh.ts';
import type { ProbeResult } from '../../host/query.ts';

/** What a node says about itself, by name; lists have a line for each item. */
export type NodeReport = (name: string) => string;

/** Looks at everything on a node that Sysbox needs. Prints `name=value` lines that stay the same while nothing changes. */
export function preflightProbe(modules: readonly string[]): ShellCommand {
  return sh`modules=${modules.join(' ')}
${sh.raw(script)}`;
}

export function parseReport({ stdout }: ProbeResult): NodeReport {
  const lines = stdout
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  return (name) =>
    lines
      .filter(([key]) => key === name)
      .map(([, value]) => value)
      .join('\n');
}

const script = String.raw`
PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin
read_file() { cat "$1" 2>/dev/null || echo absent; }
has() { grep -qw "$1" /proc/filesystems || modprobe -n "$1" 2>/dev/null; }
# the nearest folder that exists
near() { p=$1; while [ ! -d "$p" ]; do p=$(dirname "$p"); done; echo "$p"; }
echo "uid=$(id -u)"
[ -d /run/systemd/system ] && echo systemd=yes
echo "arch=$(uname -m)"
(. /etc/os-release && echo "distro=$ID $VERSION_ID") 2>/dev/null
echo "kernel=$(uname -r)"
echo "user_namespaces=$(read_file /proc/sys/user/max_user_namespaces)"
echo "unprivileged_clone=$(read_file /proc/sys/kernel/unprivileged_userns_clone)"
echo "apparmor_userns=$(read_file /proc/sys/kernel/apparmor_restrict_unprivileged_userns)"
said=$(unshare -U -p -f --mount-proc -r true 2>&1) && echo unshare=ok || echo "unshare=$said"
for module in overlay $modules; do has "$module" || echo "missing_module=$module"; done
grep -q '^Seccomp:' /proc/self/status && echo seccomp=yes
grep -q '^fusermount3 ' /sys/kernel/security/apparmor/profiles 2>/dev/null && echo fusermount_profile=yes
for folder in /usr/bin /etc /opt /var/lib; do [ -w "$(near "$folder")" ] || echo "read_only=$folder"; done
place=$(near /var/lib/sysbox)
echo "filesystem=$(stat -f -c %T "$place")"
# in whole GB, so that the answer does not change with every log line
echo "free_lib_gb=$(df -Pk "$place" | awk 'NR==2{print int($4/1048576)}')"
df -Pk /usr/bin | awk 'NR==2 && $4<204800{print "no_room=/usr/bin"}'
for program in rsync iptables modprobe; do command -v "$program" >/dev/null || echo "missing_program=$program"; done
command -v fusermount3 >/dev/null || command -v fusermount >/dev/null || echo missing_program=fusermount3
for manager in apt-get dnf yum zypper apk pacman; do command -v "$manager" >/dev/null && { echo "packages=$manager"; break; }; done
dpkg-query -W -f '${'$'}{Version}' sysbox-ce 2>/dev/null | sed 's/^/package=/;s/$/\n/'
rpm -q --qf 'package=%{VERSION}\n' sysbox-ce 2>/dev/null | grep '^package='
/usr/bin/sysbox-runc --version 2>/dev/null | sed -n 's/^[[:space:]]*version:[[:space:]]*v\{0,1\}/version=/p'
[ -f /etc/systemd/system/sysbox-mgr.service ] && grep -q k3sbox /etc/systemd/system/sysbox-mgr.service && echo ours=yes
for file in subuid subgid; do sed -n "/^[[:space:]]*#/d;/./s/^/$file=/p" "/etc/$file" 2>/dev/null; done
exit 0`.trim();
