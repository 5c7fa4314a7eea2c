import type { Span } from '../base/diagnostic.ts';
import { isList, isValues, memberOf } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { parseYaml } from '../base/yaml-source.ts';
import type { Written } from '../template/value.ts';
import type { InventoryBuilder } from './inventory-builder.ts';

/** True for what `--list` of an inventory script prints, as opposed to an inventory written as JSON. */
export function isListing(value: Value): boolean {
  if (!isValues(value)) return false;
  return (
    memberOf(value, '_meta') !== undefined ||
    Object.values(value).some((group) => isList(group) || isList(memberOf(group, 'hosts') ?? null))
  );
}

/**
 * Reads what `--list` of an inventory script prints: groups with lists of hosts, and hostvars under `_meta`. Gives the names
 * of the hosts whose variables must be asked for, which is none when there is a `_meta`.
 */
export function readListing(text: string, file: string, builder: InventoryBuilder): readonly string[] {
  const source = parseYaml(text, file);
  const span: Span = { file, line: 1, column: 1, length: 1 };
  const errors = source.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 || !isValues(source.value)) {
    const [first] = errors;
    builder.report(
      first?.span ?? span,
      `the output is no inventory: ${first?.message ?? 'it must be a JSON mapping of groups'}`,
    );
    return [];
  }
  const reader = new ListingReader(span, builder);
  for (const [name, group] of Object.entries(source.value)) if (name !== '_meta') reader.group(name, group);
  const meta = memberOf(source.value, '_meta');
  const hostvars = meta === undefined ? undefined : memberOf(meta, 'hostvars');
  if (isValues(hostvars)) for (const [host, vars] of Object.entries(hostvars)) reader.hostVars(host, vars);
  return hostvars === undefined ? reader.hosts() : [];
}

/** Reads what `--host NAME` prints. */
export function readHostVars(text: string, host: string, file: string, builder: InventoryBuilder): void {
  const span: Span = { file, line: 1, column: 1, length: 1 };
  const source = parseYaml(text, `${file} --host ${host}`);
  if (source.diagnostics.length > 0) builder.report(span, `the output of --host ${host} is no JSON`);
  else new ListingReader(span, builder).hostVars(host, source.value);
}

class ListingReader {
  readonly #span: Span;
  readonly #builder: InventoryBuilder;
  readonly #hosts = new Set<string>();

  constructor(span: Span, builder: InventoryBuilder) {
    this.#span = span;
    this.#builder = builder;
  }

  hosts(): readonly string[] {
    return [...this.#hosts];
  }

  group(name: string, group: Value): void {
    this.#builder.addGroup(name, this.#span);
    if (isList(group)) return this.#addHosts(name, group);
    if (!isValues(group)) {
      return this.#builder.report(this.#span, `the group \`${name}\` must be a mapping or a list of hosts`);
    }
    this.#addHosts(name, this.#list(memberOf(group, 'hosts'), `hosts of \`${name}\``));
    for (const child of this.#list(memberOf(group, 'children'), `children of \`${name}\``)) {
      if (typeof child === 'string') this.#builder.addChild(name, child, this.#span);
    }
    const vars = memberOf(group, 'vars') ?? {};
    for (const [variable, value] of Object.entries(isValues(vars) ? vars : {})) {
      this.#builder.setGroupVar(name, variable, this.#written(value));
    }
  }

  hostVars(host: string, vars: Value): void {
    if (!isValues(vars)) return this.#builder.report(this.#span, `the variables of \`${host}\` must be a mapping`);
    for (const [name, value] of Object.entries(vars)) this.#builder.setHostVar(host, name, this.#written(value));
  }

  #addHosts(group: string, names: readonly Value[]): void {
    for (const name of names) {
      if (typeof name !== 'string') this.#builder.report(this.#span, `a host of \`${group}\` must be a name`);
      else for (const host of this.#builder.addHosts(name, group, this.#span)) this.#hosts.add(host);
    }
  }

  #list(value: Value | undefined, what: string): readonly Value[] {
    if (value === undefined || value === null) return [];
    if (isList(value)) return value;
    this.#builder.report(this.#span, `the ${what} must be a list`);
    return [];
  }

  #written(value: Value): Written {
    return { value, at: () => this.#span };
  }
}
