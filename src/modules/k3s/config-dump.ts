import { tomlTables, type TomlTable } from './toml-tables.ts';

/**
 * What a new configuration changes beside one runtime's table, by the outputs of `containerd config dump`, or of `crio config`, before
 * and after. Empty: it adds the runtime and touches nothing else. A configuration that containerd accepts can still have
 * lost the node's CNI folders, registries or cgroup driver, so its exit code alone says little.
 */
export function sideEffects(before: string, after: string, runtime: string): readonly string[] {
  const [old, fresh] = [tablesByName(before, runtime), tablesByName(after, runtime)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])];
  return names.flatMap((name) => differences(name, old.get(name) ?? [], fresh.get(name) ?? []));
}

/** Whether a dump has the runtime. */
export function hasRuntime(dump: string, runtime: string): boolean {
  return tomlTables(dump).some((table) => isOf(table, runtime));
}

function tablesByName(dump: string, runtime: string): ReadonlyMap<string, readonly string[]> {
  const others = tomlTables(dump).filter((table) => !isOf(table, runtime));
  return new Map(others.map(({ path, lines }) => [path.join('.'), lines]));
}

/** `...containerd.runtimes.NAME`, or `crio.runtime.runtimes.NAME`, and everything below it. */
function isOf({ path }: TomlTable, runtime: string): boolean {
  return path.some(
    (key, i) =>
      key === runtime && path[i - 1] === 'runtimes' && (path[i - 2] === 'containerd' || path[i - 2] === 'runtime'),
  );
}

function differences(table: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const where = table === '' ? '' : `[${table}] `;
  const removed = before.filter((line) => !after.includes(line)).map((line) => `- ${where}${line}`);
  const added = after.filter((line) => !before.includes(line)).map((line) => `+ ${where}${line}`);
  // The dump prints the list of loaded files: a drop-in is one more.
  return [...removed, ...added].filter((line) => !/^[-+] imports\s*=/.test(line));
}
