import type { Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import type { Origin } from '../base/origin.ts';
import type { Value } from '../base/value.ts';
import { finalLayer } from './layer.ts';
import type { Layer } from './layer.ts';
import { anyVariable, valueReferences } from './references.ts';
import type { Environment, Scope } from './scope.ts';
import { hasTemplates, renderWritten } from './value.ts';
import type { Written } from './value.ts';

/** One layer in a chain, the innermost first, with what was rendered with it in view. */
interface Link {
  readonly layer: Layer;
  readonly outer: Link | undefined;
  readonly level: number;
  /** The layers of the chain that change. */
  readonly changing: readonly Layer[];
  readonly memos: Map<string, Memo>;
}

/** A rendered variable, kept at the innermost level that its value depends on. */
interface Memo {
  readonly value: Value;
  readonly uses: ReadonlySet<string>;
  readonly level: number;
  readonly version: number;
}

/** A rendering in progress: what it has used so far. */
interface Progress {
  readonly name: string;
  readonly uses: Set<string>;
  level: number;
}

/**
 * Layers of variables; the last layer that has a name wins. A variable is rendered when it is first used, with the
 * innermost layers in view, so `a: "{{b}}"` in a group follows a `b` of the play. A child costs a few words: it shares
 * everything, also what its parents have rendered, as long as its own layer changes nothing of it.
 */
export class VariableScope implements Scope {
  readonly environment: Environment | undefined;
  readonly #innermost: Link;
  readonly #progress: Progress[] = [];

  private constructor(innermost: Link, environment: Environment | undefined) {
    this.#innermost = innermost;
    this.environment = environment;
  }

  /** Layers from the lowest precedence to the highest. `environment` is what the helper `env` reads. */
  static of(layers: readonly Layer[] = [], environment?: Environment): VariableScope {
    const bottom: Link = {
      layer: finalLayer('nothing', {}),
      outer: undefined,
      level: 0,
      changing: [],
      memos: new Map(),
    };
    return new VariableScope(layers.reduce(link, bottom), environment);
  }

  /** A scope in which `layer` wins over everything here. */
  child(layer: Layer): VariableScope {
    return new VariableScope(link(this.#innermost, layer), this.environment);
  }

  get(name: string): Value | undefined {
    const found = find(this.#innermost, name);
    this.#note(name, found?.level ?? 0);
    if (found === undefined) return undefined;
    const { written, layer, level } = found;
    if (layer.isFinal || !hasTemplates(written.value)) return written.value;
    const memo = remembered(this.#innermost, name) ?? this.#render(name, written, level);
    for (const use of memo.uses) this.#note(use, memo.level);
    return memo.value;
  }

  has(name: string): boolean {
    const found = find(this.#innermost, name);
    this.#note(name, found?.level ?? 0);
    return found !== undefined;
  }

  names(): Iterable<string> {
    return new Set([...chain(this.#innermost)].flatMap(({ layer }) => Array.from(layer.names())));
  }

  /** Where a variable comes from: the layer that wins, and what was written there. */
  origin(name: string): { readonly layer: string; readonly written: Written } | undefined {
    const found = find(this.#innermost, name);
    return found === undefined ? undefined : { layer: found.layer.name, written: found.written };
  }

  /**
   * These variables and all that their templates refer to, however far. Holds `*` when a template computes a name.
   * @throws ConfigError when one of the templates is wrong
   */
  reach(names: Iterable<string>): ReadonlySet<string> {
    const reached = new Set(names);
    // A set's iterator also visits what is added on the way.
    for (const name of reached) {
      const found = name === anyVariable ? undefined : find(this.#innermost, name);
      if (found === undefined || found.layer.isFinal) continue;
      for (const used of valueReferences(found.written.value, found.written.at([]))) reached.add(used);
    }
    return reached;
  }

  /** Tells the rendering in progress that it depends on a variable of that level. */
  #note(name: string, level: number): void {
    const progress = this.#progress.at(-1);
    if (progress === undefined) return;
    progress.uses.add(name);
    progress.level = Math.max(progress.level, level);
  }

  #render(name: string, written: Written, level: number): Memo {
    this.#refuseCycle(name, written.at([]));
    const progress: Progress = { name, uses: new Set([name]), level };
    this.#progress.push(progress);
    try {
      const value = renderWritten(written, this);
      return remember(this.#innermost, name, value, progress);
    } finally {
      this.#progress.pop();
    }
  }

  #refuseCycle(name: string, at: Origin): void {
    const names = this.#progress.map((one) => one.name);
    const start = names.indexOf(name);
    if (start === -1) return;
    const span: Span = 'line' in at ? at : { file: at.file, line: 1, column: 1, length: 1 };
    throw ConfigError.at(span, `\`${name}\` refers to itself: ${[...names.slice(start), name].join(' → ')}`);
  }
}

function link(outer: Link, layer: Layer): Link {
  const changing = layer.version === undefined ? outer.changing : [...outer.changing, layer];
  return { layer, outer, level: outer.level + 1, changing, memos: new Map() };
}

function* chain(innermost: Link): Generator<Link> {
  for (let one: Link | undefined = innermost; one !== undefined; one = one.outer) yield one;
}

function find(innermost: Link, name: string) {
  for (let one: Link | undefined = innermost; one !== undefined; one = one.outer) {
    const written = one.layer.get(name);
    if (written !== undefined) return { written, layer: one.layer, level: one.level };
  }
  return undefined;
}

/** What was rendered further out, unless a layer in between gives one of its variables another value. */
function remembered(innermost: Link, name: string): Memo | undefined {
  const between: Layer[] = [];
  for (const { layer, memos, changing } of chain(innermost)) {
    const memo = memos.get(name);
    const isFresh = memo !== undefined && memo.version === versionOf(changing);
    if (isFresh && !between.some((one) => definesAny(one, memo.uses))) return memo;
    between.push(layer);
  }
  return undefined;
}

function remember(innermost: Link, name: string, value: Value, { uses, level }: Progress): Memo {
  let owner = innermost;
  while (owner.level > level && owner.outer !== undefined) owner = owner.outer;
  const memo = { value, uses, level, version: versionOf(owner.changing) };
  owner.memos.set(name, memo);
  return memo;
}

function versionOf(changing: readonly Layer[]): number {
  return changing.reduce((sum, { version = 0 }) => sum + version, 0);
}

function definesAny(layer: Layer, names: ReadonlySet<string>): boolean {
  for (const name of names) if (layer.get(name) !== undefined) return true;
  return false;
}
