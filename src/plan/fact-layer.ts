import { memberOf } from '../base/value.ts';
import type { Value, Values } from '../base/value.ts';
import type { Layer } from '../template/layer.ts';

const prefix = 'ansible_';

/** A host's facts: `ansible_facts.kernel` and `ansible_kernel`. Final: what a host prints is no template. */
export class FactLayer implements Layer {
  readonly name = 'facts';
  readonly isFinal = true;
  #facts: Values | undefined;
  #version = 0;

  get version(): number {
    return this.#version;
  }

  /** True when the facts have been read. */
  get isKnown(): boolean {
    return this.#facts !== undefined;
  }

  set(facts: Values): void {
    this.#facts = facts;
    this.#version++;
  }

  get(name: string): ReturnType<Layer['get']> {
    const value = this.#value(name);
    return value === undefined ? undefined : { value, at: () => ({ file: this.name }) };
  }

  names(): Iterable<string> {
    const names = Object.keys(this.#facts ?? {}).map((name) => prefix + name);
    return this.#facts === undefined ? [] : ['ansible_facts', ...names];
  }

  #value(name: string): Value | undefined {
    if (this.#facts === undefined || !name.startsWith(prefix)) return undefined;
    return name === 'ansible_facts' ? this.#facts : memberOf(this.#facts, name.slice(prefix.length));
  }
}
