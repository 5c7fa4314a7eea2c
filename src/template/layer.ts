import type { Value, Values } from '../base/value.ts';
import { isValues, memberOf } from '../base/value.ts';
import type { YamlPath, YamlSource } from '../base/yaml-source.ts';
import type { Written } from './value.ts';

/** Variables from one source: a file, a play's `vars`, the results of a host. */
export interface Layer {
  /** For messages: "group_vars/web.yaml", "play vars". */
  readonly name: string;
  /** True for data from hosts and for results: braces in them are no templates and are never rendered. */
  readonly isFinal: boolean;
  /** Counts the changes of a layer that changes. */
  readonly version?: number;
  get(name: string): Written | undefined;
  names(): Iterable<string>;
}

/** Variables as somebody wrote them, with their places. */
export function writtenLayer(name: string, vars: ReadonlyMap<string, Written>): Layer {
  return { name, isFinal: false, get: (one) => vars.get(one), names: () => vars.keys() };
}

/** The members of a mapping in a YAML file. */
export function yamlLayer(source: YamlSource, path: YamlPath = [], name = source.file): Layer {
  let found: Value | undefined = source.value;
  for (const step of path) found = found === undefined ? undefined : memberOf(found, step);
  const values = isValues(found) ? found : {};
  return {
    name,
    isFinal: false,
    get(one) {
      const value = memberOf(values, one);
      return value === undefined ? undefined : { value, at: (rest) => source.spanAt([...path, one, ...rest]) };
    },
    names: () => Object.keys(values),
  };
}

/** Values that are used as they are: facts, magic variables. A member may be a getter, read when it is used. */
export function finalLayer(name: string, values: Values): Layer {
  return { name, isFinal: true, get: (one) => finalValue(values, one, name), names: () => Object.keys(values) };
}

function finalValue(values: Values, name: string, layer: string): Written | undefined {
  const value = memberOf(values, name);
  return value === undefined ? undefined : { value, at: () => ({ file: layer }) };
}

/** Registered results and facts set by tasks: final, and growing while a host runs. */
export class ResultLayer implements Layer {
  readonly name: string;
  readonly isFinal = true;
  readonly #values = new Map<string, Value>();
  #version = 0;

  constructor(name = 'results') {
    this.name = name;
  }

  get version(): number {
    return this.#version;
  }

  /** Results are never rendered again: what hosts print is no template. */
  set(name: string, value: Value): void {
    this.#values.set(name, value);
    this.#version++;
  }

  get(name: string): Written | undefined {
    const value = this.#values.get(name);
    return value === undefined ? undefined : { value, at: () => ({ file: this.name }) };
  }

  names(): Iterable<string> {
    return this.#values.keys();
  }

  /** For the journal. */
  entries(): Values {
    return Object.fromEntries(this.#values);
  }
}
