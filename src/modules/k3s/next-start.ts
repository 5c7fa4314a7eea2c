import { TaskFailedError } from '../../base/errors.ts';
import type { HostReader } from '../../host/reader.ts';
import { readTextFile } from '../shared/text-file.ts';
import type { K3sContainerd } from './k3s-node.ts';
import { callsBase, withoutBlock } from './runtime-config.ts';
import type { RuntimePlace } from './runtime-place.ts';

/**
 * K3s reads its templates when it starts. One that was changed since takes effect with our restart, and nobody has tried it: a node that it
 * breaks would not be helped by a rollback of what is ours. @throws TaskFailedError when K3s has not read the template that it will use
 */
export async function requireReadTemplate(
  host: HostReader,
  containerd: K3sContainerd,
  place: RuntimePlace,
  runtime: string,
): Promise<void> {
  const { folder, files, config } = containerd;
  // of two templates K3s takes the newer schema
  const name = ['config-v3.toml.tmpl', 'config.toml.tmpl'].find((file) => files.includes(file));
  if (name === undefined) return;
  const path = `${folder}/${name}`;
  const text = withoutBlock((await readTextFile(host, path)).text, runtime);
  // Without the base there will be no `imports`, so drop-ins would be dead.
  if (place.mode === 'drop-in' && !callsBase(text) && !/^\s*imports\s*=/m.test(text)) throw ownTemplate(path);
  const schema = name === 'config-v3.toml.tmpl' ? 3 : 2;
  if (schema === place.schema && !hasUnread(text, withoutBlock(config, runtime))) return;
  throw new TaskFailedError(`${path} was changed since K3s was started last, and nobody knows what it makes of it`, {
    hint: `Restart K3s on this node first and see that it becomes Ready, or take ${path} away.`,
  });
}

/** The template replaces what K3s would write, and does not say so on purpose. */
export function ownTemplate(path: string): TaskFailedError {
  return new TaskFailedError(`${path} does not include K3s's own configuration`, {
    hint: `Add a line {{ template "base" . }} to it, or set \`force_template: true\` if the whole configuration is yours on purpose.`,
  });
}

/** True when what was rendered cannot have come from the template. What stands behind conditions is not known. */
function hasUnread(template: string, rendered: string): boolean {
  if (/\{\{-?\s*(if|else|range|with|end|block|define)\b/.test(template)) return false;
  const literals = template
    .split(/\{\{[\s\S]*?\}\}/)
    .map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return !new RegExp(`^\\s*${literals.join('[\\s\\S]*')}\\s*$`).test(rendered);
}
