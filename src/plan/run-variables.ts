import type { Value, Values } from '../base/value.ts';
import { finalLayer, ResultLayer } from '../template/layer.ts';
import type { Layer } from '../template/layer.ts';
import type { Environment } from '../template/scope.ts';
import { VariableScope } from '../template/variable-scope.ts';
import { FactLayer } from './fact-layer.ts';
import { omit } from './omit.ts';

/** What is known of a host before it is reached. */
export interface KnownHost {
  readonly name: string;
  /** Its variables from the inventory and from group_vars/ and host_vars/, lowest precedence first. */
  readonly layers: readonly Layer[];
  readonly groups: readonly string[];
}

export interface RunInputs {
  readonly hosts: ReadonlyMap<string, KnownHost>;
  /** The controller, which plays may name (localhost, 127.0.0.1, ::1) although the inventory does not. */
  readonly local?: (name: string) => KnownHost | undefined;
  /** Names of the hosts of each group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly inventoryFolder: string;
  /** `-e`, which wins over everything. */
  readonly extraVars: Layer;
  readonly environment?: Environment;
  readonly checkMode: boolean;
  readonly diffMode: boolean;
  /** The gates of a rollback are asked. */
  readonly isRollback?: boolean;
  /** How many -v were given. */
  readonly verbosity: number;
}

/** The variables of all hosts in a run: they outlive plays, and hosts see each other's through `hostvars`. */
export class RunVariables {
  readonly inputs: RunInputs;
  readonly #hosts = new Map<string, HostVariables>();
  readonly #hostvars: Values;

  constructor(inputs: RunInputs) {
    this.inputs = inputs;
    this.#hostvars = lazily(inputs.hosts.keys(), (name) => this.host(name).visible());
    if (inputs.local === undefined || inputs.hosts.has('localhost')) return;
    // There when it is asked for, and not among the hosts that are counted.
    Object.defineProperty(this.#hostvars, 'localhost', { get: () => this.host('localhost').visible() });
  }

  /** @throws RangeError for a host that nobody knows */
  host(name: string): HostVariables {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const { hosts, local } = this.inputs;
    const host = hosts.get(name) ?? local?.(name);
    if (host === undefined) throw new RangeError(`no host ${name}`);
    const made = new HostVariables(host, this.inputs, this.#hostvars);
    this.#hosts.set(name, made);
    return made;
  }
}

/** What one host knows and has learnt, in layers. */
export class HostVariables {
  readonly name: string;
  /** The inventory's layers, with `ansible_host` below them all. */
  readonly inventory: readonly Layer[];
  readonly facts = new FactLayer();
  readonly included = new ResultLayer('include_vars');
  readonly results = new ResultLayer('set_fact and register');
  readonly magic: Layer;
  readonly #scope: VariableScope;
  #visible: { readonly version: number; readonly values: Values } | undefined;

  constructor({ name, layers, groups }: KnownHost, inputs: RunInputs, hostvars: Values) {
    this.name = name;
    this.inventory = [finalLayer('the name of the host', { ansible_host: name }), ...layers];
    this.magic = finalLayer('k3sbox', {
      inventory_hostname: name,
      inventory_hostname_short: name.split('.', 1)[0] ?? name,
      group_names: groups,
      groups: inputs.groups,
      inventory_dir: inputs.inventoryFolder,
      ansible_check_mode: inputs.checkMode,
      ansible_diff_mode: inputs.diffMode,
      ansible_verbosity: inputs.verbosity,
      k3sbox_rollback: inputs.isRollback ?? false,
      omit,
      hostvars,
    });
    const all = [...this.inventory, this.facts, this.included, this.results, inputs.extraVars, this.magic];
    this.#scope = VariableScope.of(all, inputs.environment);
  }

  /** Remembers a registered result or a fact set by a task: a later one of that name wins. */
  set(name: string, value: Value): void {
    this.results.set(name, value);
  }

  /** Facts read from the host, without the `ansible_` prefix. */
  setFacts(facts: Values): void {
    this.facts.set(facts);
  }

  /** The names of its own variables: without those of plays, and without `hostvars`. */
  names(): readonly string[] {
    // A host that shows its hostvars within hostvars would have no end.
    return [...this.#scope.names()].filter((name) => name !== 'hostvars');
  }

  /** One of them as it was written. */
  written(name: string): Value | undefined {
    return this.#scope.origin(name)?.written.value;
  }

  /** What other hosts see in `hostvars`: everything but the variables of plays. */
  visible(): Values {
    const version = this.facts.version + this.included.version + this.results.version;
    if (this.#visible?.version === version) return this.#visible.values;
    const values = lazily(this.names(), (name) => this.#scope.get(name) ?? null);
    this.#visible = { version, values };
    return values;
  }
}

/** A mapping whose members are made when they are read. */
function lazily(names: Iterable<string>, get: (name: string) => Value): Values {
  const values: Values = Object.create(null);
  for (const name of names) Object.defineProperty(values, name, { enumerable: true, get: () => get(name) });
  return values;
}
