import Handlebars from 'handlebars';

/** The tree of Handlebars 4.7, as far as it is read here; the library's own types cannot be told apart by `type`. */
export interface HbsProgram {
  readonly body: readonly HbsStatement[];
  readonly blockParams?: readonly string[];
}

export interface HbsLocation {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

interface Located {
  readonly loc: HbsLocation;
}

export interface HbsCall extends Located {
  readonly path: HbsExpression;
  readonly params: readonly HbsExpression[];
  readonly hash?: { readonly pairs: readonly (Located & { readonly key: string; readonly value: HbsExpression })[] };
}

export interface HbsBlock extends HbsCall {
  readonly type: 'BlockStatement';
  readonly program?: HbsProgram;
  readonly inverse?: HbsProgram;
}

export interface HbsPath extends Located {
  readonly type: 'PathExpression';
  readonly data: boolean;
  readonly depth: number;
  readonly parts: readonly string[];
  readonly original: string;
}

export type HbsStatement =
  | HbsBlock
  | (HbsCall & { readonly type: 'MustacheStatement' })
  | (Located & { readonly type: 'ContentStatement'; readonly value: string })
  | (Located & { readonly type: 'CommentStatement' })
  | (Located & { readonly type: 'PartialStatement' | 'PartialBlockStatement' | 'Decorator' | 'DecoratorBlock' });

export type HbsExpression =
  | HbsPath
  | (HbsCall & { readonly type: 'SubExpression' })
  | (Located & { readonly type: 'StringLiteral'; readonly value: string })
  | (Located & { readonly type: 'NumberLiteral'; readonly value: number })
  | (Located & { readonly type: 'BooleanLiteral'; readonly value: boolean })
  | (Located & { readonly type: 'UndefinedLiteral' | 'NullLiteral' });

/** Parses a template; whitespace control and standalone lines are done. @throws Error with Handlebars' own message */
export function parseHandlebars(source: string): HbsProgram {
  // The library types its nodes by interfaces that all have `type: string`; this is the same tree, told apart.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Handlebars.parse(source) as unknown as HbsProgram;
}
