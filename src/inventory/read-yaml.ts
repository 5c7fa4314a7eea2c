import { didYouMean } from '../base/suggest.ts';
import { isList, isValues, memberOf } from '../base/value.ts';
import type { Value, Values } from '../base/value.ts';
import { parseYaml } from '../base/yaml-source.ts';
import type { YamlPath, YamlSource } from '../base/yaml-source.ts';
import type { Written } from '../template/value.ts';
import type { InventoryBuilder } from './inventory-builder.ts';

const groupKeys = ['hosts', 'vars', 'children'];

/** Reads an inventory in Ansible's YAML format, or the same as JSON. Problems go to the builder. */
export function readYamlInventory(text: string, file: string, builder: InventoryBuilder): void {
  const source = parseYaml(text, file);
  builder.problems.push(...source.diagnostics);
  if (source.value === null || source.diagnostics.some(({ severity }) => severity === 'error')) return;
  if (!isValues(source.value)) {
    const hint = 'Start with `all:`, and below it `hosts:` and `children:`.';
    builder.report(source.spanAt([]), 'an inventory is a mapping of groups', hint);
    return;
  }
  if (typeof source.value['plugin'] === 'string') {
    const hint = 'Let `ansible-inventory --list` write it to a file, or use a script that prints JSON.';
    builder.report(source.keySpanAt(['plugin']), 'inventory plugins are not supported', hint);
    return;
  }
  const reader = new YamlReader(source, builder);
  for (const [name, value] of Object.entries(source.value)) reader.group(name, value, [name]);
}

class YamlReader {
  readonly #source: YamlSource;
  readonly #builder: InventoryBuilder;

  constructor(source: YamlSource, builder: InventoryBuilder) {
    this.#source = source;
    this.#builder = builder;
  }

  group(name: string, value: Value, path: YamlPath): void {
    this.#builder.addGroup(name, this.#source.keySpanAt(path));
    const members = this.#mapping(value, path, `the group \`${name}\``);
    for (const key of Object.keys(members)) if (!groupKeys.includes(key)) this.#unknownKey(key, name, path);
    this.#hosts(name, memberOf(members, 'hosts') ?? null, [...path, 'hosts']);
    const vars = this.#mapping(memberOf(members, 'vars') ?? null, [...path, 'vars'], '`vars`');
    for (const variable of Object.keys(vars)) {
      this.#builder.setGroupVar(name, variable, this.#written(vars, variable, [...path, 'vars']));
    }
    const children = this.#mapping(memberOf(members, 'children') ?? null, [...path, 'children'], '`children`');
    for (const [child, inner] of Object.entries(children)) {
      const childPath = [...path, 'children', child];
      this.#builder.addChild(name, child, this.#source.keySpanAt(childPath));
      this.group(child, inner, childPath);
    }
  }

  #hosts(group: string, value: Value, path: YamlPath): void {
    if (typeof value === 'string') {
      this.#builder.addHosts(value, group, this.#source.spanAt(path));
      return;
    }
    for (const [text, own] of Object.entries(this.#mapping(value, path, '`hosts`'))) {
      const hostPath = [...path, text];
      const vars = this.#mapping(own, hostPath, `the host \`${text}\``);
      for (const host of this.#builder.addHosts(text, group, this.#source.keySpanAt(hostPath))) {
        for (const name of Object.keys(vars)) this.#builder.setHostVar(host, name, this.#written(vars, name, hostPath));
      }
    }
  }

  #written(vars: Values, name: string, path: YamlPath): Written {
    return { value: vars[name] ?? null, at: (rest) => this.#source.spanAt([...path, name, ...rest]) };
  }

  /** Nothing counts as an empty mapping. */
  #mapping(value: Value, path: YamlPath, what: string): Values {
    if (value === null) return {};
    if (isValues(value)) return value;
    const [first] = isList(value) ? value : [];
    const hint =
      typeof first === 'string' ? `Write \`${first}:\` instead of \`- ${first}\`, a line for each.` : undefined;
    this.#builder.report(this.#source.spanAt(path), `${what} must be a mapping`, hint);
    return {};
  }

  #unknownKey(key: string, group: string, path: YamlPath): void {
    const hint =
      didYouMean(key, groupKeys) ?? 'A group has hosts, vars and children. Groups below it stand under `children`.';
    this.#builder.report(
      this.#source.keySpanAt([...path, key]),
      `\`${key}\` is not known in the group \`${group}\``,
      hint,
    );
  }
}
