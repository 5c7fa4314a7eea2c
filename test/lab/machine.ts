import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

import { isRootless } from './settings.ts';

/** What the programs in scripts/packages.txt are needed for. */
type Use = 'test' | 'lab' | 'build' | 'rootless' | 'faults' | 'browser' | 'bench';

/** Why no fleet can run here, or undefined if it can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return 'the lab needs Linux';
  if (process.getuid?.() !== 0) {
    return 'the lab needs root; for light nodes without root: npm run lab -- rootless COMMAND';
  }
  return whyMissing('lab') ?? whyNoKernel();
}

/** Why no base can be built here, or undefined if it can. */
export function whyNoBuild(): string | undefined {
  return whyMissing('build');
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
  return whyMissing('lab', 'rootless') ?? whyNoKernel();
}

function whyNoKernel(): string | undefined {
  if (!existsSync('/proc/self/ns/time')) return 'this kernel has no time namespaces (Linux 5.6)';
  const module = `/lib/modules/${release()}/kernel/fs/overlayfs`;
  const isLoaded = /\toverlay$/m.test(read('/proc/filesystems'));
  if (!isLoaded && !existsSync(module)) return 'this kernel has no overlay file system';
  if (isRootless) return undefined;
  if (process.env['LAB_CGROUP'] !== undefined || / cgroup2 /.test(read('/proc/mounts'))) return undefined;
  return 'no cgroup v2 is mounted; as root: mount -t cgroup2 none /sys/fs/cgroup/unified';
}

/** Names the packages that are missing for some use, and how to get them; undefined if there are none. */
export function whyMissing(...uses: readonly Use[]): string | undefined {
  const lines = read(join(import.meta.dirname, '../../scripts/packages.txt')).split('\n');
  const packages = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(/ +/))
    .filter(([program = '', , ...needed]) => uses.some((use) => needed.includes(use)) && !findProgram(program))
    .map(([, name]) => name);
  if (packages.length === 0) return undefined;
  return `packages are missing; as root: apt-get install ${[...new Set(packages)].join(' ')}`;
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
