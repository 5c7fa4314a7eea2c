import { z } from 'zod';

import { ConfigError } from '../base/errors.ts';
import type { Value, Values } from '../base/value.ts';
import { isValues } from '../base/value.ts';
import { parseYaml, type YamlSource } from '../base/yaml-source.ts';
import type { Scope } from '../template/scope.ts';
import { renderWritten } from '../template/value.ts';
import { defineModule, type LocalText } from './module.ts';

/** Reads variables from a file. */
export const includeVars = defineModule({
  name: 'include_vars',
  summary: 'Read variables from a YAML or JSON file of the controller, for the rest of the run.',
  undo: 'Variables live as long as the run: there is nothing to take back.',
  freeForm: 'file',
  args: z.strictObject({
    file: z.string().min(1).describe('The file: in vars/ of the role, or beside the playbook.'),
    name: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, 'must be a name')
      .optional()
      .describe('Put all of them into one variable of this name.'),
  }),
  examples: [{ title: 'By distribution', args: { file: 'debian.yaml' } }],

  async check({ args: { file }, files, at }) {
    readVars(await files.readText('vars', file, at));
  },

  async plan({ args: { file, name }, files, vars, at }) {
    const source = readVars(await files.readText('vars', file, at));
    const scope = new FileScope(source, vars);
    const all = Object.fromEntries([...scope.own()].map((key) => [key, scope.get(key) ?? null]));
    const included: Values = name === undefined ? all : { [name]: all };
    return {
      steps: [],
      facts: { included },
      result: { ansible_facts: included, ansible_included_var_files: [source.file] },
    };
  },
});

function readVars({ file, text }: LocalText): YamlSource {
  const source = parseYaml(text, file);
  const errors = source.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ConfigError(errors);
  if (source.value === null || isValues(source.value)) return source;
  throw ConfigError.at(source.spanAt([]), 'a file of variables must hold a mapping', 'Write `name: value` lines.');
}

/** The file's variables over the task's: they may refer to each other in any order. */
class FileScope implements Scope {
  readonly #source: YamlSource;
  readonly #outer: Scope;
  readonly #values: Values;
  readonly #rendered = new Map<string, Value>();
  readonly #open = new Set<string>();

  constructor(source: YamlSource, outer: Scope) {
    this.#source = source;
    this.#outer = outer;
    this.#values = isValues(source.value) ? source.value : {};
  }

  get environment(): Scope['environment'] {
    return this.#outer.environment;
  }

  own(): Iterable<string> {
    return Object.keys(this.#values);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name) || this.#outer.has(name);
  }

  names(): Iterable<string> {
    return new Set([...this.own(), ...this.#outer.names()]);
  }

  get(name: string): Value | undefined {
    if (!Object.hasOwn(this.#values, name)) return this.#outer.get(name);
    const known = this.#rendered.get(name);
    if (known !== undefined) return known;
    if (this.#open.has(name)) throw ConfigError.at(this.#source.keySpanAt([name]), `\`${name}\` refers to itself`);
    this.#open.add(name);
    const at = (path: readonly (string | number)[]) => this.#source.spanAt([name, ...path]);
    const value = renderWritten({ value: this.#values[name] ?? null, at }, this);
    this.#open.delete(name);
    this.#rendered.set(name, value);
    return value;
  }
}
