import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import type { Diagnostic, Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { SourceLog } from '../base/source-log.ts';
import { didYouMean } from '../base/suggest.ts';
import { isValues } from '../base/value.ts';
import { parseYaml } from '../base/yaml-source.ts';
import { finalLayer, writtenLayer, yamlLayer } from '../template/layer.ts';
import type { Layer } from '../template/layer.ts';
import { groupsOf } from './inventory.ts';
import type { Inventory, Vars } from './inventory.ts';
import { localNames } from './patterns.ts';

/** The variables of an inventory with those of its group_vars/ and host_vars/. */
export interface InventoryVariables {
  /**
   * A host's variables, the lowest precedence first, in Ansible's order: groups in the sources by depth, priority and name;
   * group_vars/all beside the inventory, then beside the playbook; other groups likewise; the host's own lines; host_vars/
   * beside the inventory, then beside the playbook. A host that is not in the inventory (localhost) has those of `all`.
   */
  layersOf(host: string): readonly Layer[];
  readonly warnings: readonly Diagnostic[];
}

/** Files of one folder's group_vars/ or host_vars/, by the name of the group or host. */
type VarsFolder = ReadonlyMap<string, readonly Layer[]>;

/**
 * Reads group_vars/ and host_vars/ beside the sources of an inventory and beside the playbook. `cwd` is what shown paths are
 * relative to; `log` hears of every file.
 * @throws ConfigError with the problems of all files
 */
export async function readInventoryVariables(
  inventory: Inventory,
  {
    playbookFolder,
    cwd,
    log = new SourceLog(),
  }: { readonly playbookFolder?: string | undefined; readonly cwd: string; readonly log?: SourceLog },
): Promise<InventoryVariables> {
  const reader = new VarsReader(inventory, cwd, log);
  const beside = inventory.folders.filter((folder) => folder !== playbookFolder);
  const own = await reader.readFolders(beside);
  const playbook = await reader.readFolders(playbookFolder === undefined ? [] : [playbookFolder]);
  // A playbook in the inventory's folder has one group_vars/ for both: it counts as the playbook's.
  if (reader.problems.some(({ severity }) => severity === 'error')) throw new ConfigError(reader.problems);
  const layersOf = (host: string) => orderLayers(inventory, host, own, playbook);
  return { layersOf, warnings: reader.problems };
}

interface Beside {
  readonly groups: VarsFolder;
  readonly hosts: VarsFolder;
}

function orderLayers(inventory: Inventory, host: string, own: Beside, playbook: Beside): readonly Layer[] {
  const groups = groupsOf(inventory, host);
  const all = inventory.groups.get('all');
  const ofGroups = (files: VarsFolder) => groups.flatMap(({ name }) => files.get(name) ?? []);
  return [
    ...sourceLayer('all', all?.vars),
    ...groups.flatMap(({ name, vars }) => sourceLayer(name, vars)),
    ...(own.groups.get('all') ?? []),
    ...(playbook.groups.get('all') ?? []),
    ...ofGroups(own.groups),
    ...ofGroups(playbook.groups),
    ...(isImplicit(inventory, host) ? [finalLayer('implicit localhost', { ansible_connection: 'local' })] : []),
    ...sourceLayer(host, inventory.hosts.get(host)?.vars),
    ...(own.hosts.get(host) ?? []),
    ...(playbook.hosts.get(host) ?? []),
  ];
}

/** localhost is there without being listed, and reached without ssh. */
function isImplicit(inventory: Inventory, host: string): boolean {
  return localNames.has(host) && !inventory.hosts.has(host);
}

function sourceLayer(name: string, vars: Vars | undefined): readonly Layer[] {
  return vars === undefined || vars.size === 0 ? [] : [writtenLayer(`${name} in the inventory`, vars)];
}

const endings = ['.yml', '.yaml', '.json'];
const ignored = /^\.|~$|\.(?:bak|orig|swp|retry|md|txt|rst|sample|example)$/;

class VarsReader {
  readonly problems: Diagnostic[] = [];
  readonly #inventory: Inventory;
  readonly #cwd: string;
  readonly #log: SourceLog;

  constructor(inventory: Inventory, cwd: string, log: SourceLog) {
    this.#inventory = inventory;
    this.#cwd = cwd;
    this.#log = log;
  }

  /** Later folders win. */
  async readFolders(folders: readonly string[]): Promise<Beside> {
    const groups = new Map<string, readonly Layer[]>();
    const hosts = new Map<string, readonly Layer[]>();
    for (const folder of folders) {
      await this.#readFolder(path.join(folder, 'group_vars'), this.#inventory.groups, groups);
      await this.#readFolder(path.join(folder, 'host_vars'), this.#inventory.hosts, hosts);
    }
    return { groups, hosts };
  }

  async #readFolder(
    folder: string,
    known: ReadonlyMap<string, unknown>,
    into: Map<string, readonly Layer[]>,
  ): Promise<void> {
    const found = new Map<string, string>();
    for (const entry of await entriesOf(folder)) {
      const name = entry.replace(/\.(?:ya?ml|json)$/, '');
      const file = path.join(folder, entry);
      const other = found.get(name);
      if (other !== undefined) {
        this.#report(
          file,
          `\`${name}\` has two: this and ${path.basename(other)}`,
          'Keep one of them: Ansible would read one and drop the other.',
        );
      } else if (!known.has(name)) this.#reportStray(file, name, known);
      found.set(name, file);
      if (other !== undefined || !known.has(name)) continue;
      into.set(name, [...(into.get(name) ?? []), ...(await this.#readEntry(file))]);
    }
  }

  #reportStray(file: string, name: string, known: ReadonlyMap<string, unknown>): void {
    const what = path.basename(path.dirname(file)) === 'group_vars' ? 'group' : 'host';
    this.#report(file, `there is no ${what} \`${name}\` in the inventory`, didYouMean(name, known.keys()), 'warning');
  }

  /** A file, or a folder whose files are read in the order of their names, also those of its folders. */
  async #readEntry(file: string): Promise<readonly Layer[]> {
    if (!(await stat(file)).isDirectory()) return [await this.#readFile(file)];
    const layers: Layer[] = [];
    for (const entry of await entriesOf(file)) layers.push(...(await this.#readEntry(path.join(file, entry))));
    return layers;
  }

  async #readFile(file: string): Promise<Layer> {
    const text = this.#log.text(file, await readFile(file));
    const shown = this.#shown(file);
    if (text.startsWith('$ANSIBLE_VAULT;')) {
      this.#report(
        file,
        'the file is encrypted with ansible-vault',
        'Decrypt it, and keep secrets in the environment: {{env "NAME"}}.',
      );
      return writtenLayer(shown, new Map());
    }
    const source = parseYaml(text, shown);
    this.problems.push(...source.diagnostics);
    if (source.value !== null && !isValues(source.value)) {
      this.problems.push({ severity: 'error', message: 'a file of variables is a mapping', span: source.spanAt([]) });
    }
    return yamlLayer(source);
  }

  #report(file: string, message: string, hint?: string, severity: Diagnostic['severity'] = 'error'): void {
    const span: Span = { file: this.#shown(file), line: 1, column: 1, length: 1 };
    this.problems.push({ severity, message, span, ...(hint !== undefined && { hint }) });
  }

  #shown(file: string): string {
    const relative = path.relative(this.#cwd, file);
    return relative.startsWith('..') ? file : relative;
  }
}

/** Sorted; nothing when there is no such folder. Files with other endings than YAML's and JSON's are not ours. */
async function entriesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => !ignored.test(name) && (path.extname(name) === '' || isVarsFile(name) || isHostFolder(name)))
    .toSorted();
}

function isVarsFile(name: string): boolean {
  return endings.some((ending) => name.endsWith(ending));
}

/** `host_vars/node1.example.com` has no ending, only dots. */
function isHostFolder(name: string): boolean {
  return !/\.(?:ini|toml|cfg|conf|j2|hbs|sh|py)$/.test(name);
}
