import type { Step } from '../../base/op.ts';
import type { PathState } from '../../host/query.ts';
import type { HostReader } from '../../host/reader.ts';
import { makeDirectory } from '../shared/directories.ts';
import { planFileOver, textContent } from '../shared/file-content.ts';
import { folderOf } from '../shared/paths.ts';
import { readTextFile, type TextFile } from '../shared/text-file.ts';
import type { K3sContainerd } from './k3s-node.ts';
import { ownTemplate, requireReadTemplate } from './next-start.ts';
import { checkRuntime } from './runtime-check.ts';
import { baseCall, callsBase, dropIn, withBlock, withoutBlock, type Runtime } from './runtime-config.ts';
import type { RuntimePlace } from './runtime-place.ts';

/** What is accepted beside a configuration that is ours or K3s's alone. */
export interface Acceptance {
  /** The runtime may come from somebody else's file, if it is what we would write; then that file is left alone. */
  readonly adopt?: boolean | undefined;
  /** A template without K3s's own configuration may be extended. */
  readonly force?: boolean | undefined;
}

/** What is missing so that containerd knows the runtime. `adopted`: it does, by somebody else's file. */
export interface RuntimePlan {
  readonly steps: readonly Step[];
  readonly adopted: boolean;
}

/**
 * Plans the file, or the block in a template, by which containerd learns of a runtime; the node's own containerd has been asked what it
 * would make of it. @throws TaskFailedError when it must not be written
 */
export async function planRuntime(
  host: HostReader,
  containerd: K3sContainerd,
  place: RuntimePlace,
  runtime: Runtime,
  { adopt = false, force = false }: Acceptance,
): Promise<RuntimePlan> {
  const [file, leftovers] = await Promise.all([
    readTextFile(host, place.path),
    place.mode === 'drop-in' ? removeBlocks(host, containerd, runtime.name) : [],
  ]);
  const content = newContent(place, runtime, file);
  if (content === file.text) return { steps: leftovers, adopted: false };
  if (place.mode === 'template' && !callsBase(content) && !force) throw ownTemplate(place.path);
  await requireReadTemplate(host, containerd, place, runtime.name);
  const adopted = await checkRuntime(host, { containerd, place, runtime, content, adopt });
  if (adopted) return { steps: [], adopted };
  const folder = await missingFolder(host, containerd, place);
  const written = await planFileOver(host, file.state, { path: file.path, rights }, textContent(content));
  return { steps: [...folder, ...written, ...leftovers], adopted };
}

/** The file itself, or the block in it, in whichever file of K3s it may be. */
export async function planNoRuntime(
  host: HostReader,
  containerd: K3sContainerd,
  name: string,
): Promise<readonly Step[]> {
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

const rights = { mode: '644', owner: 'root', group: 'root' } as const;
