import type { TextPlace } from '../base/origin.ts';
import type { Value } from '../base/value.ts';
import type { Helper } from './helper.ts';

/** A parsed template: what Handlebars' own tree says, checked and reduced to what we support. */
export type TemplateNode = TextNode | PrintNode | BlockNode;

export interface TextNode {
  readonly kind: 'text';
  readonly text: string;
}

/** `{{ expression }}` */
export interface PrintNode {
  readonly kind: 'print';
  readonly expression: Expression;
}

/** `{{#if x}}...{{else}}...{{/if}}`; `section` is Mustache's `{{#x}}...{{/x}}`. */
export interface BlockNode {
  readonly kind: 'block';
  readonly block: 'if' | 'unless' | 'each' | 'with' | 'section';
  readonly subject: Expression;
  /** The names of `as |item index|`. */
  readonly params: readonly string[];
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

export type Expression = Literal | Path | Call;

export interface Literal {
  readonly kind: 'literal';
  readonly value: Value;
  readonly place: TextPlace;
}

/** `a.b`, `../a`, `this`, `@index`, `@root.a`. */
export interface Path {
  readonly kind: 'path';
  readonly original: string;
  readonly data: 'root' | 'index' | 'key' | 'first' | 'last' | undefined;
  /** How many `../` stand before it. */
  readonly depth: number;
  /** True for `this.a` and `./a`, which never mean a block parameter. */
  readonly isScoped: boolean;
  readonly parts: readonly string[];
  readonly place: TextPlace;
}

/** A helper with its arguments: `default x 5`. */
export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly helper: Helper;
  readonly args: readonly Expression[];
  readonly named: ReadonlyMap<string, Expression>;
  readonly place: TextPlace;
}

/** Something wrong at a place of the template's text. */
export interface TextProblem {
  readonly place: TextPlace;
  readonly message: string;
  readonly hint?: string | undefined;
}
