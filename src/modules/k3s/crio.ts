import { TaskFailedError } from '../../base/errors.ts';
import type { Step } from '../../base/op.ts';
import { sh } from '../../base/sh.ts';
import { lastLines } from '../../base/text.ts';
import type { HostReader } from '../../host/reader.ts';
import { planText, readTextFile } from '../shared/text-file.ts';
import { hasRuntime, sideEffects } from './config-dump.ts';
import type { K3sCrio, K3sNode } from './k3s-node.ts';
import type { Runtime } from './runtime-config.ts';
import { tomlValue } from './toml-tables.ts';

/** Of K3s with `--container-runtime-endpoint`: an external CRI-O, with a configuration and a unit of its own. */
export const crioUnit = 'crio.service';

/** How a pod without `hostUsers: false` asks for a user namespace. */
const annotation = 'io.kubernetes.cri-o.userns-mode';
const folder = '/etc/crio/crio.conf.d';

export function requireCrio({ crio, unit }: K3sNode): K3sCrio {
  if (crio !== undefined) return crio;
  throw new TaskFailedError(`${unit} does not use CRI-O`, {
    hint: 'Use `containerd_runtime` where K3s has a containerd of its own.',
  });
}

/** Our file for a runtime. */
export function crioFile(name: string): string {
  return `${folder}/50-k3sbox-${name}.conf`;
}

/** What is in it. CRI-O has one cgroup driver for all runtimes, so there is none to copy. */
export function crioDropIn({ name, binary }: Pick<Runtime, 'name' | 'binary'>): string {
  return `# managed by k3sbox, do not edit
[crio.runtime.runtimes.${name}]
runtime_path = "${binary}"
runtime_type = "oci"
allowed_annotations = ["${annotation}"]
`;
}

/** Plans the file by which CRI-O learns of a runtime. `adopted`: it does, by somebody else's file. @throws TaskFailedError */
export async function planCrioRuntime(
  host: HostReader,
  crio: K3sCrio,
  runtime: Runtime,
  adopt: boolean,
): Promise<{ readonly steps: readonly Step[]; readonly adopted: boolean }> {
  const file = await readTextFile(host, crioFile(runtime.name));
  const content = crioDropIn(runtime);
  const adopted = file.text !== content && (await checkCrio(host, crio, runtime, content, adopt));
  const rights = { mode: '644', owner: 'root', group: 'root' };
  return { steps: adopted ? [] : await planText(host, file, { text: content, rights }), adopted };
}

/** Takes our file away. */
export async function planNoCrioRuntime(host: HostReader, name: string): Promise<readonly Step[]> {
  const path = crioFile(name);
  const { type } = await host.path(path);
  return type === 'absent' ? [] : [{ say: `remove ${path}`, do: { kind: 'remove', path } }];
}

/** Asks CRI-O what it would make of the new file, without its having it. @throws TaskFailedError when it is not the runtime alone */
async function checkCrio(host: HostReader, crio: K3sCrio, { name, binary }: Runtime, content: string, adopt: boolean) {
  const path = crioFile(name);
  const [before, after] = await Promise.all([effective(host, crio, path, ''), effective(host, crio, path, content)]);
  if (before.exitCode !== 0) {
    throw new TaskFailedError(`${folder} is broken already: CRI-O does not accept it`, {
      output: lastLines(before.stderr, 5),
      hint: 'Repair it first; CRI-O will not survive its next restart.',
    });
  }
  if (hasRuntime(before.stdout, name)) {
    const other = tomlValue(before.stdout, ['crio', 'runtime', 'runtimes', name], 'runtime_path')?.replaceAll('"', '');
    if (adopt && other === binary) return true;
    throw new TaskFailedError(`CRI-O knows ${name} already, from a file that is not ours`, {
      output: `runtime_path is ${other ?? 'not set'}`,
      hint: `Remove it from ${folder}, or set \`adopt: true\` (sysbox_adopt_runtime), which leaves it there if its runtime_path is ${binary}.`,
    });
  }
  const effects = after.exitCode === 0 ? sideEffects(before.stdout, after.stdout, name) : [lastLines(after.stderr, 5)];
  if (effects.length === 0 && hasRuntime(after.stdout, name)) return false;
  throw new TaskFailedError(`CRI-O would not read ${path} as it should`, {
    output: effects.slice(0, 20).join('\n'),
    hint: 'Nothing was changed. This is a combination that k3sbox does not know.',
  });
}

/** `crio config` with the node's drop-ins but `path`, and with `content` in its place. */
async function effective(host: HostReader, { binary }: K3sCrio, path: string, content: string) {
  const command = sh`umask 077; work=$(mktemp -d) || exit 1; trap 'rm -rf "$work"' EXIT
for file in ${folder}/*; do [ "$file" = ${path} ] || [ ! -f "$file" ] || cp "$file" "$work/"; done
cat >"$work/50-new.conf"; [ -s "$work/50-new.conf" ] || rm "$work/50-new.conf"
${binary} --config-dir "$work" config`;
  // The folder has another name each time: no part of the guard.
  return host.probe(command, { stdin: content, unguarded: true });
}
