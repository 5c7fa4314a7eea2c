import { didYouMean } from '../base/suggest.ts';
import { isKeyword, isRefused, isUnknownLoop, keywords, refuse } from './keywords.ts';
import type { Loader, ModuleShape } from './loader.ts';
import { entriesOf, keySpanOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** The entry of a task that names its module. */
export interface ModuleKey {
  /** As written, without its collection. */
  readonly name: string;
  readonly module: ModuleShape;
  readonly node: YamlNode;
}

/** Finds a task's module and reports every key that is neither a keyword nor the one module. */
export function moduleKey(loader: Loader, task: YamlNode, set: 'task' | 'handler'): ModuleKey | undefined {
  const others = entriesOf(task).filter(([name]) => !isKeyword(set, name));
  const found = others.flatMap(([name, node]): readonly ModuleKey[] => {
    const short = withoutCollection(name);
    const module = isRefused(name) ? undefined : loader.modules.find(short);
    return module === undefined ? [] : [{ name: short, module, node }];
  });
  const unknown = others.filter(([, node]) => !found.some((key) => key.node === node));
  const [first, second] = found;
  if (second !== undefined) {
    const message = `a task runs one module, and this one has \`${found.map(({ name }) => name).join('` and `')}\``;
    loader.problems.error(keySpanOf(second.node), message, 'Make it a task of its own.');
  }
  for (const [name, node] of unknown) reportUnknown(loader, name, node, first, set);
  if (first === undefined && unknown.length === 0) {
    loader.problems.error(spanOf(task), `a ${set} without a module`, 'Say what it does, such as `command: uname -r`.');
  }
  return first;
}

function reportUnknown(
  { problems, modules }: Loader,
  name: string,
  node: YamlNode,
  found: ModuleKey | undefined,
  set: 'task' | 'handler',
): void {
  if (isRefused(name)) return refuse(node, name, set, problems);
  if (isUnknownLoop(name)) {
    return problems.error(
      keySpanOf(node),
      `there is no loop \`${name}\``,
      didYouMean(name, keywords[set]) ?? 'Write `loop`.',
    );
  }
  if (found !== undefined) {
    const hint = didYouMean(name, keywords[set]) ?? `Arguments of \`${found.name}\` are indented below it.`;
    return problems.error(keySpanOf(node), `a ${set} has no \`${name}\``, hint);
  }
  const known = [...modules.names(), ...controls, ...keywords[set]];
  const hint = didYouMean(withoutCollection(name), known) ?? '`k3sbox doc` lists the modules.';
  problems.error(keySpanOf(node), `there is no module \`${name}\``, hint);
}

/** Keys that stand in a task's place and run no module. */
const controls = ['block', 'include_tasks', 'import_tasks', 'include_role', 'import_role', 'meta'] as const;

/** "copy" for "ansible.builtin.copy"; other names as they are. */
export function withoutCollection(name: string): string {
  return /^(?:ansible|community|kubernetes)\.\w+\.(\w+)$/.exec(name)?.[1] ?? name;
}
