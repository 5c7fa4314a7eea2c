import type { Value } from '../base/value.ts';
import { hasTemplates } from '../template/value.ts';
import type { HostVariables } from './run-variables.ts';

/**
 * Hosts of a run that need not be looked at one by one: hosts of one kind define the same variables with the same templates,
 * so what a task needs is the same on all of them; and where the needed values are equal, too, so is everything else.
 */
export class HostKinds {
  readonly #kinds: readonly (readonly HostVariables[])[];
  readonly #texts = new Map<HostVariables, Map<string, string>>();

  constructor(hosts: readonly HostVariables[]) {
    const kinds = new Map<string, HostVariables[]>();
    for (const host of hosts) {
      const key = structureOf(host);
      const kind = kinds.get(key);
      if (kind === undefined) kinds.set(key, [host]);
      else kind.push(host);
    }
    this.#kinds = [...kinds.values()];
  }

  /** The hosts of `names`, by kind. */
  among(names: ReadonlySet<string>): readonly (readonly HostVariables[])[] {
    return this.#kinds.map((kind) => kind.filter(({ name }) => names.has(name))).filter((kind) => kind.length > 0);
  }

  /** Splits hosts of one kind into those for which the variables have equal values. */
  split(kind: readonly HostVariables[], variables: ReadonlySet<string>): readonly (readonly HostVariables[])[] {
    const classes = new Map<string, HostVariables[]>();
    for (const host of kind) {
      const key = [...variables].map((name) => this.#textOf(host, name)).join('\n');
      const found = classes.get(key);
      if (found === undefined) classes.set(key, [host]);
      else found.push(host);
    }
    return [...classes.values()];
  }

  #textOf(host: HostVariables, name: string): string {
    const texts = this.#texts.get(host) ?? new Map<string, string>();
    this.#texts.set(host, texts);
    const known = texts.get(name);
    if (known !== undefined) return known;
    const text = serialise(host.written(name));
    texts.set(name, text);
    return text;
  }
}

const serialised = new WeakMap<object, string>();

/** JSON; a big value that many hosts share (`groups`) is written once. */
function serialise(value: Value | undefined): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const known = serialised.get(value) ?? JSON.stringify(value);
  serialised.set(value, known);
  return known;
}

/** The names a host defines, and every value that holds a template. */
function structureOf(host: HostVariables): string {
  return JSON.stringify(
    [...host.names()].toSorted().map((name) => {
      const value = host.written(name);
      return value !== undefined && hasTemplates(value) ? [name, value] : name;
    }),
  );
}
