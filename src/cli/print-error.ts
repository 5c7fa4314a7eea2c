import { readFileSync } from 'node:fs';

import { renderDiagnostic } from '../base/diagnostic.ts';
import { ConfigError, errorCodes, InternalError, TaskFailedError, toK3sboxError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { labelled } from '../report/failure-lines.ts';
import { makeStyle, type Style } from '../report/style.ts';

export interface ErrorContext {
  readonly style: Style;
  /** From 2 on, bugs come with their stack. */
  readonly verbosity: number;
  /** Where the journal of the run lies, when there is one. */
  readonly runFolder?: string | undefined;
}

/** How a command ends that threw this: design.md, section 9. */
export function exitCodeOf(thrown: unknown): number {
  return errorCodes[toK3sboxError(thrown).code].exitCode;
}

/** What is printed for anything that ends a command. Without a newline at its end. */
export function renderError(thrown: unknown, context: ErrorContext): string {
  const error = toK3sboxError(thrown);
  if (error instanceof ConfigError) return renderProblems(error);
  const { style } = context;
  const head = `${style.bad('error:')} ${sanitise(error.message)}`;
  if (error instanceof InternalError) return [head, ...bugReport(error, context)].join('\n');
  const output = error instanceof TaskFailedError ? error.output : undefined;
  return [head, ...labelled('output', output), ...labelled('hint', error.hint)].join('\n');
}

/** For what nobody caught: always with its stack. */
export function renderBug(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
  return `${renderError(new InternalError(cause.message, { cause }), { style: makeStyle(false), verbosity: 2 })}\n`;
}

function renderProblems({ diagnostics }: ConfigError): string {
  const shown = diagnostics.map((diagnostic) => sanitise(renderDiagnostic(diagnostic, readSource)));
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const total = errors > 1 ? [`${errors} problems; nothing was touched`] : [];
  return [...shown, ...total].join('\n\n');
}

function bugReport(error: InternalError, { verbosity, runFolder, style }: ErrorContext): string[] {
  const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
  return [
    ...labelled('hint', 'This is a bug in k3sbox. Please report it with this message and the folder of the run.'),
    ...labelled('run', runFolder, style.place),
    ...(verbosity > 1 ? labelled('stack', stack) : labelled('stack', 'shown with -vv')),
  ];
}

/** Paths in messages are relative to the working folder; a file that is gone is shown without its lines. */
export function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
