import type { Diagnostic } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { locate } from '../base/origin.ts';
import type { Origin } from '../base/origin.ts';
import { buildNodes } from './build-nodes.ts';
import { parseHandlebars } from './handlebars-tree.ts';
import { foreignProblems } from './foreign-syntax.ts';
import type { Expression, TemplateNode, TextProblem } from './nodes.ts';
import { explainProblems, syntaxProblems } from './syntax-problems.ts';

export interface Template {
  readonly nodes: readonly TemplateNode[];
  /** Set when the whole text is one `{{expression}}`: its value may be a list, a mapping, a number. */
  readonly expression: Expression | undefined;
}

type Parsed = Template | { readonly problems: readonly TextProblem[] };

const cache = new Map<string, Parsed>();
const maxCached = 5000;

/** False when a text has nothing to render and nothing to complain about. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || text.includes('{#');
}

/**
 * Parses a template, once for each text. Everything that can be known without variables is checked: syntax, helpers and
 * their number of arguments, Jinja's and Go's ways of writing.
 * @throws ConfigError with every problem
 */
export function parseTemplate(source: string, at: Origin): Template {
  let parsed = cache.get(source);
  if (parsed === undefined) {
    parsed = parse(source);
    if (cache.size >= maxCached) cache.clear();
    cache.set(source, parsed);
  }
  if ('problems' in parsed) throw new ConfigError(locateProblems(parsed.problems, source, at));
  return parsed;
}

/** Problems of a text as problems of the file it stands in. */
export function locateProblems(problems: readonly TextProblem[], source: string, at: Origin): readonly Diagnostic[] {
  return problems.map(({ place, message, hint }): Diagnostic => {
    const span = locate(at, source, place);
    return hint === undefined ? { severity: 'error', message, span } : { severity: 'error', message, span, hint };
  });
}

function parse(source: string): Parsed {
  const foreign = foreignProblems(source);
  if (foreign.length > 0) return { problems: foreign };
  let program;
  try {
    program = parseHandlebars(source);
  } catch (error) {
    return { problems: syntaxProblems(source, error instanceof Error ? error.message : '') };
  }
  const problems: TextProblem[] = [];
  const nodes = buildNodes(program, (problem) => problems.push(problem));
  if (problems.length > 0) return { problems: explainProblems(source, problems) };
  const [first, second] = nodes;
  return { nodes, expression: first?.kind === 'print' && second === undefined ? first.expression : undefined };
}
