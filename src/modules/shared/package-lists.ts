import type { PackageManager, Step } from '../../base/op.ts';
import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';

/** Without a time of the user's, lists are taken as good for this long: a second run then finds nothing to do. */
const defaultSeconds = 300;

const stamp = '/var/lib/apt/lists/partial';

/**
 * Whether apt's lists are younger than this and newer than every source. apt touches `partial` whenever it fetches; the age
 * stays out of the guard, since it changes by itself, but a new source must count.
 */
export async function areListsFresh(host: HostReader, validSeconds = defaultSeconds): Promise<boolean> {
  if (validSeconds === 0) return false;
  const minutes = Math.max(1, Math.round(validSeconds / 60));
  const [young, newer] = await Promise.all([
    host.probe(sh`[ -n "$(find ${stamp} -maxdepth 0 -mmin -${minutes} 2>/dev/null)" ]`, { unguarded: true }),
    host.probe(
      sh`[ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer ${stamp} -print 2>/dev/null | head -n 1)" ]`,
    ),
  ]);
  return young.exitCode === 0 && newer.exitCode === 0;
}

/** Waits for others that hold the lock, asks nothing. */
const aptGet = sh.raw('DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0');

const refreshCommands = {
  apt: sh`${aptGet} update`,
  dnf: sh`dnf -y -q makecache --refresh`,
  apk: sh`apk -q update`,
  zypper: sh`zypper -n -q refresh`,
  pacman: sh`pacman -Sy --noconfirm`,
} satisfies Record<PackageManager, unknown>;

/** Fetches the lists and installs nothing. */
export function refreshStep(manager: PackageManager): Step {
  return {
    say: 'fetch the lists of packages',
    do: { kind: 'exec', command: refreshCommands[manager] },
    needsNoUndo: true,
    // Only apt tells how old its lists are; the others would look changed on every run.
    ...(manager !== 'apt' && { changes: false as const }),
  };
}

/** Everything that apt would upgrade now; none when it is up to date. */
export async function upgradeStep(host: HostReader, verb: 'upgrade' | 'dist-upgrade'): Promise<readonly Step[]> {
  const { stdout } = await host.probe(sh`apt-get -s -o Debug::NoLocking=1 ${verb} | grep -E '^(Inst|Remv) ' | sort`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length === 0) return [];
  return [
    {
      say: `${verb} ${lines.length} packages`,
      do: { kind: 'exec', command: sh`${aptGet} -o Dpkg::Options::=--force-confold ${verb}` },
      diff: { of: 'packages', before: '', after: stdout },
    },
  ];
}

/** Whether the package in a file on the host is installed in just that version. */
export async function packageFileState(host: HostReader, path: string): Promise<'installed' | 'other'> {
  const command = sh`name=$(dpkg-deb -f ${path} Package) && version=$(dpkg-deb -f ${path} Version) || exit 2
[ "$(dpkg-query -W -f '\${db:Status-Status} \${Version}' "$name" 2>/dev/null)" = "installed $version" ]`;
  return (await host.probe(command)).exitCode === 0 ? 'installed' : 'other';
}
