import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** Programs that act and undo scripts start. */
const programs = [
  'cat',
  'chmod',
  'chown',
  'cp',
  'dd',
  'find',
  'ln',
  'ls',
  'mkdir',
  'mv',
  'perl',
  'rm',
  'rmdir',
  'sha256sum',
  'stat',
  'sync',
];

/** At which program, counted from 0; and whether before it, after it, or in its midst. */
export interface Cut {
  readonly at: number;
  readonly when: 'before' | 'after' | 'within';
}

/** Kills what runs in the midst of its work. */
export interface Cutter {
  /** For the shell whose scripts are to be cut. */
  readonly env: NodeJS.ProcessEnv;
  /** The batch or undo that runs meanwhile is killed, with its process group, when it starts that program. */
  cut<T>(cut: Cut, work: () => Promise<T>): Promise<T>;
}

/** The tests' own process group (proc(5), /proc/pid/stat): never to be killed. */
const [, , , , ownGroup = ''] = readFileSync('/proc/self/stat', 'utf8').split(' ');

/**
 * Puts a program of its own in front of the usual ones, which counts its calls. Within: a program that removes or copies a
 * tree does one file of it.
 */
export function makeCutter(): Cutter {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-cut-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [plan, count, shim] = [join(folder, 'plan'), join(folder, 'count'), join(folder, 'shim')];
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(
    shim,
    `#!/bin/dash
name=\${0##*/}
real=/usr/bin/$name
[ -f ${plan} ]||exec $real "$@"
read -r at when <${plan}
read -r pid comm state parent group session rest </proc/self/stat
[ $group = $session ]&&[ $group != ${ownGroup} ]||exec $real "$@"
printf x >>${count}
n=$(/usr/bin/stat -c %s ${count})
[ $n = $at ]||exec $real "$@"
case $when in
after)$real "$@";;
within)for last;do :;done
case "$name $1" in
'rm -rf')first=$(/usr/bin/find "$last" -type f 2>/dev/null|/usr/bin/head -n 1);[ -z "$first" ]||/usr/bin/rm -f -- "$first";;
'cp -a')/usr/bin/mkdir -p -- "$last" 2>/dev/null;;
esac;;
esac
kill -9 -$group
`,
  );
  chmodSync(shim, 0o755);
  for (const program of programs) symlinkSync(shim, join(bin, program));
  return {
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    cut: async ({ at, when }, work) => {
      rmSync(count, { force: true });
      writeFileSync(plan, `${at + 1} ${when}\n`);
      try {
        return await work();
      } finally {
        rmSync(plan, { force: true });
      }
    },
  };
}
