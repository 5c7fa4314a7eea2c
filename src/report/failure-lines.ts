import type { Span } from '../base/diagnostic.ts';
import { formatSpan } from '../base/diagnostic.ts';
import type { ErrorData } from '../base/event.ts';
import { lastLines, sanitise } from '../base/text.ts';
import type { Value } from '../base/value.ts';
import { isValues } from '../base/value.ts';
import type { Style } from './style.ts';
import { exitCodeMeaning } from './words.ts';

/** Enough to see what a program complained about. */
const outputLines = 20;

interface Failure {
  readonly error?: ErrorData | undefined;
  readonly at?: Span | undefined;
  readonly result?: Value | undefined;
}

/** The details of a failure, a labelled line each: where, what, the command, its last words, and what to do. */
export function failureLines({ error, at, result }: Failure, style: Style): string[] {
  const code = isValues(result) && typeof result['rc'] === 'number' ? exitCodeMeaning(result['rc']) : undefined;
  return [
    ...labelled('at', at && formatSpan(at), style.place),
    ...labelled('error', error?.message, style.bad),
    ...labelled('meaning', code, style.bad),
    ...labelled('command', error?.command),
    ...labelled('output', error?.output && lastLines(error.output, outputLines)),
    ...labelled('hint', error?.hint),
  ];
}

/** `label`, then the text; further lines stand below the first. Nothing for no text. */
export function labelled(label: string, text: string | undefined, paint = (line: string): string => line): string[] {
  if (text === undefined || text === '') return [];
  return sanitise(text)
    .split('\n')
    .map((line, i) => `    ${(i === 0 ? label : '').padEnd(8)} ${paint(line)}`.trimEnd());
}
