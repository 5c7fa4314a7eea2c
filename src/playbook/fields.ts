import type { Located } from '../base/diagnostic.ts';
import { parseDuration } from '../base/duration.ts';
import { readBoolean } from '../base/read-boolean.ts';
import type { Value } from '../base/value.ts';
import { isList } from '../base/value.ts';
import { isTemplate } from '../template/parse-template.ts';
import { compileCondition } from '../template/condition.ts';
import type { Flag, Written, WrittenCondition } from './playbook.ts';
import type { Problems } from './problems.ts';
import { checkTemplates } from './templates.ts';
import { alternatives } from './words.ts';
import { itemsOf, kindOf, located, memberOf, spanOf, written } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/**
 * The keywords of one mapping, read by type. A wrong value is reported and then reads as if it were not there; an empty
 * one (`tags:`) is not there either.
 */
export class Fields {
  readonly node: YamlNode;
  readonly #problems: Problems;

  constructor(node: YamlNode, problems: Problems) {
    this.node = node;
    this.#problems = problems;
  }

  get(name: string): YamlNode | undefined {
    const node = memberOf(this.node, name);
    return node === undefined || node.value === null ? undefined : node;
  }

  /** A text, which may hold templates. Numbers are taken as they were written. */
  text(name: string): Located<string> | undefined {
    const node = this.get(name);
    return node && this.#text(node, name);
  }

  /** A text that cannot depend on a host. */
  plainText(name: string): Located<string> | undefined {
    const text = this.text(name);
    return text && this.#isPlain(text, name) ? text : undefined;
  }

  /** A text or a list of texts. */
  texts(name: string): readonly Located<string>[] {
    const node = this.get(name);
    if (node === undefined) return [];
    const nodes = isList(node.value) ? itemsOf(node) : [node];
    return nodes.flatMap((item) => this.#text(item, name) ?? []);
  }

  /** Texts that cannot depend on a host, also as one text with commas: `tags: a, b`. */
  words(name: string): readonly string[] {
    return this.texts(name)
      .filter((text) => this.#isPlain(text, name))
      .flatMap(({ value }) => value.split(',').map((word) => word.trim()))
      .filter((word) => word !== '');
  }

  boolean(name: string): boolean | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    if (typeof node.value === 'string' && !this.#isPlain(located(node.value, node), name)) return undefined;
    return readBoolean(node.value) ?? this.#wrong(node, name, 'yes or no');
  }

  flag(name: string): Flag | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    const value = typeof node.value === 'string' && isTemplate(node.value) ? node.value : readBoolean(node.value);
    if (value === undefined) return this.#wrong(node, name, 'yes, no or a template');
    if (typeof value === 'string') this.#checkTemplates(node);
    return located(value, node);
  }

  /** A whole number of at least `least`. */
  integer(name: string, least: number): number | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    const value = typeof node.value === 'string' && /^\d+$/.test(node.value) ? Number(node.value) : node.value;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    return this.#wrong(node, name, least === 0 ? 'a whole number' : `a whole number from ${least}`);
  }

  /** Seconds, "5m", or a template. */
  duration(name: string): Written | undefined {
    return this.#checked(name, 'seconds or a duration like "5m"', (value) => parseDuration(value) !== undefined);
  }

  /** A whole number or a template. */
  count(name: string): Written | undefined {
    return this.#checked(name, 'a whole number', (value) => /^\d+$/.test(String(value)));
  }

  choice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    const found = choices.find((choice) => choice === node.value);
    return found ?? this.#wrong(node, name, alternatives(choices.map((choice) => `\`${choice}\``)));
  }

  /** Any value, its templates checked. */
  written(name: string): Written | undefined {
    const node = this.get(name);
    return node && this.#checkTemplates(node);
  }

  /** A mapping, its templates checked. */
  mapping(name: string): YamlNode | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    if (kindOf(node.value) !== 'a mapping') return this.#wrong(node, name, 'a mapping');
    return node;
  }

  list(name: string): YamlNode | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    return isList(node.value) ? node : this.#wrong(node, name, 'a list');
  }

  /** One condition or a list of them. */
  conditions(name: string): readonly WrittenCondition[] {
    const node = this.get(name);
    if (node === undefined) return [];
    const nodes = isList(node.value) ? itemsOf(node) : [node];
    return nodes.flatMap((item) => this.#condition(item, name) ?? []);
  }

  #checked(name: string, wanted: string, isRight: (value: string | number) => boolean): Written | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    const { value } = node;
    if (typeof value === 'string' && isTemplate(value)) return this.#checkTemplates(node);
    if ((typeof value === 'string' || typeof value === 'number') && isRight(value)) return written(node);
    return this.#wrong(node, name, wanted);
  }

  #condition(node: YamlNode, name: string): WrittenCondition | undefined {
    const { value } = node;
    if (typeof value !== 'string' && typeof value !== 'boolean') {
      return this.#wrong(node, name, 'a condition, like `x == 1`');
    }
    const span = spanOf(node);
    // YAML 1.2 leaves these words text, and no variable has such a name; `y` and `n` may well be variables.
    const isWord = typeof value === 'string' && /^(yes|no|on|off)$/i.test(value);
    const condition = isWord ? (readBoolean(value) ?? value) : value;
    return this.#problems.try(() => ({ ...compileCondition(condition, span), text: String(condition), span }));
  }

  #text(node: YamlNode, name: string): Located<string> | undefined {
    const { value } = node;
    if (typeof value === 'string') {
      this.#checkTemplates(node);
      return located(value, node);
    }
    if (typeof value === 'number') return located(node.source.sourceAt(node.path) ?? String(value), node);
    return this.#wrong(node, name, 'a text');
  }

  #isPlain({ value, span }: Located<string>, name: string): boolean {
    if (!isTemplate(value)) return true;
    this.#problems.error(span, `\`${name}\` cannot hold a template`, 'It is needed before any host is looked at.');
    return false;
  }

  #checkTemplates(node: YamlNode): Written {
    const value = written(node);
    checkTemplates(value, this.#problems);
    return value;
  }

  #wrong(node: YamlNode, name: string, wanted: string): undefined {
    this.#problems.error(spanOf(node), `\`${name}\` must be ${wanted}, not ${describe(node.value)}`);
    return undefined;
  }
}

function describe(value: Value): string {
  return typeof value === 'string' && value.length <= 40 && !value.includes('\n') ? `"${value}"` : kindOf(value);
}
