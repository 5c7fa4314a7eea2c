import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { HostReader } from '../host/reader.ts';
import { requireK3sNode } from './k3s/k3s-node.ts';
import { guarded, noPodsRunWith } from './k3s/undo-guards.ts';
import { defineModule, unchanged } from './module.ts';
import { hostPath } from './shared/args.ts';
import { programs, readPods, units } from './sysbox/sysbox-node.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

const args = z.strictObject({
  src: hostPath('Folder on the host with the staged programs.'),
  dest: hostPath('Folder that units and containerd know.').default('/usr/bin'),
  sha256: z
    .strictObject({ 'sysbox-runc': sha256, 'sysbox-mgr': sha256, 'sysbox-fs': sha256 })
    .describe('Checksums of the programs.'),
});

/** Puts Sysbox's programs in place, and refuses to do so under running pods. */
export const sysboxBinaries = defineModule({
  name: 'sysbox_binaries',
  summary: 'Try staged Sysbox programs, then put them where units and containerd expect them.',
  undo: 'Puts back the programs that were there, unless pods still run with Sysbox.',
  args,
  examples: [
    {
      title: 'A staged release',
      args: {
        src: '/opt/k3sbox/sysbox/0.7.1',
        sha256: { 'sysbox-runc': 'a'.repeat(64), 'sysbox-mgr': 'b'.repeat(64), 'sysbox-fs': 'c'.repeat(64) },
      },
    },
  ],

  async plan({ args: { src, dest, sha256: sums }, host }) {
    const node = await requireK3sNode(host);
    const [states, running] = await Promise.all([
      Promise.all(programs.map((name) => host.path(`${dest}/${name}`, { want: 'sum' }))),
      readRunning(host),
    ]);
    const wrong = programs.filter((name, i) => states[i]?.sha256 !== sums[name] || states[i]?.mode !== '755');
    // A daemon goes on running the program that it was started from, also when the file is another.
    const stale = running.some(({ name, sum }) => sum !== '' && sum !== sums[name]);
    if (wrong.length === 0 && !stale) return unchanged;
    const pods = (await readPods(host, node, 'sysbox-runc')) ?? [];
    if (pods.length > 0) throw inUse(pods.map(({ namespace, name }) => `${namespace}/${name}`));
    const undoGuard = noPodsRunWith(node, 'sysbox-runc');
    return {
      steps: [
        ...(wrong.length > 0 ? [tryOut(src)] : []),
        ...(running.some(({ sum }) => sum !== '') ? [stop] : []),
        ...wrong.map((name) => guarded(install(`${src}/${name}`, `${dest}/${name}`, sums[name]), undoGuard)),
      ],
    };
  },
});

/** What the daemons were started from; no sum: not running. */
async function readRunning(host: HostReader) {
  const daemons = ['sysbox-mgr', 'sysbox-fs'] as const;
  const command = sh`for unit in ${daemons}; do pid=$(systemctl show "$unit" -p MainPID --value 2>/dev/null)
[ "${sh.raw('${pid:-0}')}" = 0 ] && echo || sha256sum <"/proc/$pid/exe"; done`;
  const { stdout } = await host.probe(command);
  const lines = stdout.split('\n');
  return daemons.map((name, i) => ({ name, sum: lines[i]?.split(' ')[0] ?? '' }));
}

/** The cheapest place to notice a program that does not run here, or that containerd could not use. */
function tryOut(src: string): Step {
  return {
    say: `try the programs in ${src}`,
    do: {
      kind: 'exec',
      command: sh`cd ${src} || exit 1
for name in ${programs}; do "./$name" --version >/dev/null || { echo "$name does not run on this host" >&2; exit 1; }; done
./sysbox-runc features | tr -d ' \t\r' | tr '\n' ' ' | grep -q '"namespaces":[^]]*"user"' || { echo 'sysbox-runc features does not offer user namespaces: containerd would not use it for them (Sysbox 0.7.0 and later does)' >&2; exit 1; }`,
      timeoutMs: 30_000,
    },
    changes: false,
  };
}

const stop: Step = {
  say: `stop ${units[2]}`,
  do: { kind: 'unit', unit: units[2], verb: 'stop', timeoutMs: 120_000 },
};

function install(from: string, path: string, sum: string): Step {
  return {
    say: `put ${path} in place`,
    do: {
      kind: 'file',
      path,
      content: { from: 'host', path: from, sha256: sum },
      mode: '755',
      owner: 'root',
      group: 'root',
    },
    diff: { of: path, before: '', after: `sha256 ${sum}\n` },
  };
}

function inUse(pods: readonly string[]): TaskFailedError {
  const shown = pods.slice(0, 5).join(', ') + (pods.length > 5 ? `, and ${pods.length - 5} more` : '');
  return new TaskFailedError(`other Sysbox programs cannot be put under running pods: ${shown}`, {
    hint: 'Use playbooks/sysbox-upgrade.yaml, which moves such pods away first.',
  });
}
