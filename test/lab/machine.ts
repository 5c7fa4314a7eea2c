import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

import { isRootless } from './settings.ts';

/** The Debian packages that the lab's programs are in. */
const packages: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  mmdebstrap: 'mmdebstrap',
  'apt-ftparchive': 'apt-utils',
  busybox: 'busybox-static',
  dropbear: 'dropbear-bin',
  dropbearconvert: 'dropbear-bin',
  newuidmap: 'uidmap',
  newgidmap: 'uidmap',
};

const forNodes = ['ip', 'nsenter', 'unshare', 'setpriv', 'flock', 'ssh', 'ssh-keygen'];
const forBuild = ['mmdebstrap', 'apt-ftparchive', 'busybox', 'dropbear', 'dropbearconvert'];

/** Why no fleet can run here, or undefined if it can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return 'the lab needs Linux';
  if (process.getuid?.() !== 0) {
    return 'the lab needs root (light nodes also run rootless: npm run lab -- rootless ...)';
  }
  return missing(forNodes) ?? whyNoKernel();
}

/** Why no base can be built here, or undefined if it can. */
export function whyNoBuild(): string | undefined {
  return missing(forBuild);
}

/** Why an ordinary user has no rootless fleet here, or undefined if there can be one. */
export function whyNoRootless(): string | undefined {
  const user = process.env['USER'] ?? String(process.getuid?.());
  const restricted = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
  const cloned = '/proc/sys/kernel/unprivileged_userns_clone';
  if (existsSync(restricted) && read(restricted) === '1') {
    return `AppArmor forbids user namespaces to ordinary users: ${restricted} is 1`;
  }
  if (existsSync(cloned) && read(cloned) === '0') {
    return `the kernel forbids user namespaces to ordinary users: ${cloned} is 0`;
  }
  const ids = new Set([user, String(process.getuid?.())]);
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const lines = existsSync(file) ? read(file).split('\n') : [];
    if (!lines.some((line) => ids.has(line.split(':')[0] ?? ''))) {
      return `${file} gives ${user} no ids; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`;
    }
  }
  return missing([...forNodes, 'newuidmap', 'newgidmap']) ?? whyNoKernel();
}

function whyNoKernel(): string | undefined {
  if (!existsSync('/proc/self/ns/time')) return 'this kernel has no time namespaces (Linux 5.6)';
  const module = `/lib/modules/${release()}/kernel/fs/overlayfs`;
  if (!/\toverlay$/m.test(read('/proc/filesystems')) && !existsSync(module))
    return 'this kernel has no overlay file system';
  if (isRootless) return undefined;
  if (process.env['LAB_CGROUP'] !== undefined || / cgroup2 /.test(read('/proc/mounts'))) return undefined;
  return 'no cgroup v2 is mounted; as root: mount -t cgroup2 none /sys/fs/cgroup/unified';
}

function missing(programs: readonly string[]): string | undefined {
  const names = new Set(
    programs.filter((program) => findProgram(program) === undefined).map((program) => packages[program] ?? program),
  );
  return names.size === 0 ? undefined : `packages are missing; as root: apt-get install ${[...names].join(' ')}`;
}

/** Where a program is, also if it is one for administrators and PATH is not theirs. */
export function findProgram(name: string): string | undefined {
  const dirs = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  return readFileSync(path, 'utf8').trim();
}
