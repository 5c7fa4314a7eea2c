import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import type { PathState } from '../host/query.ts';
import type { HostReader } from '../host/reader.ts';
import { requireContainerd, requireK3sNode, type K3sContainerd } from './k3s/k3s-node.ts';
import { checkRuntime } from './k3s/runtime-check.ts';
import { baseCall, callsBase, dropIn, withBlock, withoutBlock, type Runtime } from './k3s/runtime-config.ts';
import { runtimePlace, type RuntimePlace } from './k3s/runtime-place.ts';
import { guarded, noPodsRunWith } from './k3s/undo-guards.ts';
import { defineModule, type Planned } from './module.ts';
import { flag, hostPath } from './shared/args.ts';
import { makeDirectory } from './shared/directories.ts';
import { planFileOver, textContent } from './shared/file-content.ts';
import { folderOf } from './shared/paths.ts';
import { readTextFile, type TextFile } from './shared/text-file.ts';

const args = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be small letters, digits and dashes')
    .describe('Name of the handler, as a RuntimeClass names it.'),
  binary: hostPath('The OCI runtime.'),
  type: z.string().min(1).default('io.containerd.runc.v2').describe('containerd shim.'),
  state: z.enum(['present', 'absent']).default('present').describe('Whether containerd is to know the runtime.'),
  adopt: flag('Accept that somebody else has told containerd about the runtime; ours wins (default no).'),
  force_template: flag("Add to a K3s template that does not include K3s's own configuration (default no)."),
});

type Args = z.output<typeof args>;

/** Tells K3s's containerd about an OCI runtime. Takes effect when K3s restarts. */
export const containerdRuntime = defineModule({
  name: 'containerd_runtime',
  summary: 'Register an OCI runtime with the containerd of K3s, in the file and schema that this K3s reads.',
  undo: 'Restores the file, unless pods still run with the runtime.',
  args,
  examples: [
    { title: 'Sysbox', args: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' } },
    { title: 'Take it back', args: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc', state: 'absent' } },
  ],

  async plan({ args: wanted, host }) {
    const node = await requireK3sNode(host);
    const containerd = requireContainerd(node);
    const { name, binary, type } = wanted;
    const runtime: Runtime = { name, binary, type };
    const place = runtimePlace(containerd, name);
    const undoGuard = noPodsRunWith(node, name);
    const steps =
      wanted.state === 'absent'
        ? await planAbsent(host, containerd, name)
        : (await planPresent(host, containerd, place, runtime, wanted)).map((step) => guarded(step, undoGuard));
    return {
      steps,
      result: { mode: place.mode, schema: place.schema, path: place.path, systemd_cgroup: place.systemdCgroup },
    } satisfies Planned;
  },
});

async function planPresent(
  host: HostReader,
  containerd: K3sContainerd,
  place: RuntimePlace,
  runtime: Runtime,
  { adopt = false, force_template: force = false }: Args,
): Promise<readonly Step[]> {
  const [file, leftovers] = await Promise.all([
    readTextFile(host, place.path),
    place.mode === 'drop-in' ? removeBlocks(host, containerd, runtime.name) : [],
  ]);
  const content = newContent(place, runtime, file);
  if (content === file.text) return leftovers;
  if (place.mode === 'template' && !callsBase(content) && !force) throw ownTemplate(place.path);
  await checkRuntime(host, { containerd, place, runtime, content, adopt });
  const folder = await missingFolder(host, containerd, place);
  const written = await planFileOver(host, file.state, { path: file.path, rights }, textContent(content));
  return [...folder, ...written, ...leftovers];
}

/** The file itself, or the block in it, in whichever file of K3s it may be. */
async function planAbsent(host: HostReader, containerd: K3sContainerd, name: string): Promise<readonly Step[]> {
  const dropIns = containerd.files.filter((file) => file.endsWith(`.d/50-k3sbox-${name}.toml`));
  const removed = dropIns.map((file) => removal(`${containerd.folder}/${file}`));
  return [...removed, ...(await removeBlocks(host, containerd, name))];
}

/** Takes our block out of the templates: a K3s that learned drop-ins needs it there no more. */
async function removeBlocks(
  host: HostReader,
  { folder, files }: K3sContainerd,
  name: string,
): Promise<readonly Step[]> {
  const templates = files.filter((file) => file === 'config-v3.toml.tmpl' || file === 'config.toml.tmpl');
  const steps = templates.map(async (template) => {
    const file = await readTextFile(host, `${folder}/${template}`);
    const bare = withoutBlock(file.text, name);
    if (bare === file.text) return [];
    // Nothing but the call is what we made ourselves, where there was no template.
    if (bare.trim() === baseCall) return [removal(file.path)];
    return planFileOver(host, file.state, { path: file.path, rights: {} }, textContent(bare));
  });
  return (await Promise.all(steps)).flat();
}

function newContent(place: RuntimePlace, runtime: Runtime, { state, text }: TextFile): string {
  if (place.mode === 'drop-in') return dropIn(place.schema, runtime, place.systemdCgroup);
  return withBlock(isThere(state) ? text : `${baseCall}\n`, place.schema, runtime);
}

async function missingFolder(
  host: HostReader,
  { files }: K3sContainerd,
  { mode, path }: RuntimePlace,
): Promise<readonly Step[]> {
  if (mode === 'template' || files.some((file) => path.endsWith(`/${file}`))) return [];
  const folder = folderOf(path);
  return isThere(await host.path(folder, { follow: true })) ? [] : makeDirectory(host, folder, { mode: '755' });
}

function isThere({ type }: PathState): boolean {
  return type !== 'absent';
}

function removal(path: string): Step {
  return { say: `remove ${path}`, do: { kind: 'remove', path } };
}

function ownTemplate(path: string): TaskFailedError {
  return new TaskFailedError(`${path} does not include K3s's own configuration`, {
    hint: `Add a line ${baseCall} to it, or set \`force_template: true\` if the whole configuration is yours on purpose.`,
  });
}

const rights = { mode: '644', owner: 'root', group: 'root' } as const;
