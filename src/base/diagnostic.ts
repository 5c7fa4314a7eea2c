/** A place in a file the user wrote. Lines and columns count from 1; `length` is in characters on that line. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** One problem in what the user wrote. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** What is wrong: lower case, no full stop. */
  readonly message: string;
  readonly span: Span;
  /** What to do about it, as a sentence. */
  readonly hint?: string;
}

/** A value with the place it was written at. */
export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

/** How `file:line:column` is shown everywhere. */
export function formatSpan({ file, line, column }: Span): string {
  return `${file}:${line}:${column}`;
}

/**
 * `file:line:column: message`, the lines around it with numbers, a squiggle under the culprit, and the hint.
 * `sourceOf` gives a file's text, or undefined when it cannot be shown.
 */
export function renderDiagnostic(diagnostic: Diagnostic, sourceOf: (file: string) => string | undefined): string {
  const { span, message, hint, severity } = diagnostic;
  const head = `${formatSpan(span)}: ${severity === 'warning' ? 'warning: ' : ''}${message}`;
  const frame = codeFrame(span, sourceOf(span.file));
  return [head, ...frame, ...(hint === undefined ? [] : [`  hint: ${hint}`])].join('\n');
}

function codeFrame(span: Span, source: string | undefined): string[] {
  const lines = source?.split(/\r?\n/);
  if (lines?.[span.line - 1] === undefined) return [];
  const first = Math.max(1, span.line - 1);
  const last = Math.min(lines.length, span.line + 1);
  const width = String(last).length;
  return lines.slice(first - 1, last).flatMap((text, i) => {
    const number = first + i;
    const shown = `${number === span.line ? '>' : ' '} ${String(number).padStart(width)} | ${visible(text)}`;
    if (number !== span.line) return [shown];
    const squiggle = '~'.repeat(Math.max(1, Math.min(span.length, text.length - span.column + 1)));
    return [shown, `  ${' '.repeat(width)} | ${' '.repeat(span.column - 1)}${squiggle}`];
  });
}

/** Tabs and control characters as one column each: the squiggle stands where it should, and no file speaks to the terminal. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are the subject
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
