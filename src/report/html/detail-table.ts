import { createHash } from 'node:crypto';

import type { ErrorData, PlannedStep } from '../../base/event.ts';
import type { Diff } from '../../base/op.ts';
import { isValues, type Value } from '../../base/value.ts';
import { unifiedDiff } from '../diff-view.ts';
import { count, exitCodeMeaning } from '../words.ts';
import type { RawResult } from './result-log.ts';
import type { ReportedError, ResultDetail, TextIndex } from './run-report.ts';
import type { TextBound, TextTable } from './text-table.ts';

const outputOfFailed: TextBound = { lines: 300, chars: 32_000, keep: 'end' };
const outputOfOthers: TextBound = { lines: 40, chars: 4000, keep: 'end' };
const errorOutput: TextBound = { lines: 40, chars: 8000, keep: 'end' };
const diffBound: TextBound = { lines: 400, chars: 24_000, keep: 'start' };
/** Steps of one result that are told one by one. */
const mostSteps = 50;
/** Comparing costs time: so much text is compared, then files are only named. */
const mostCompared = 20 << 20;

/** What there is to say about results, each once. */
export class DetailTable {
  readonly details: ResultDetail[] = [];
  readonly #texts: TextTable;
  readonly #numbers = new Map<string, number>();
  readonly #diffs = new Map<string, TextIndex>();
  #compared = 0;

  constructor(texts: TextTable) {
    this.#texts = texts;
  }

  /** The number of what is to be said about a result; -1 when that is nothing. */
  of({ status, ended, output, tries }: RawResult): number {
    const hasFailed = status !== 'ok' && status !== 'changed' && status !== 'skipped';
    const { message, item, error, result, steps = [] } = ended ?? {};
    const meaning = error === undefined ? undefined : meaningOf(result);
    return this.add({
      ...(message !== undefined && message !== '' && { message: this.#texts.add(message) }),
      ...(item !== undefined && { item: this.#texts.add(typeof item === 'string' ? item : JSON.stringify(item)) }),
      ...(error !== undefined && { error: this.error(error) }),
      ...(meaning !== undefined && { meaning }),
      ...(steps.length > 0 && { steps: this.#steps(steps) }),
      ...(output.trim() !== '' && { output: this.#texts.add(output, hasFailed ? outputOfFailed : outputOfOthers) }),
      ...(tries > 1 && { tries }),
    });
  }

  add(detail: ResultDetail): number {
    const key = JSON.stringify(detail);
    if (key === '{}') return -1;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.details.length);
    return this.details.push(detail) - 1;
  }

  error({ code, message, hint, command, output }: ErrorData): ReportedError {
    return {
      code,
      message: this.#texts.add(message),
      ...(hint !== undefined && { hint: this.#texts.add(hint) }),
      ...(command !== undefined && { command: this.#texts.add(command) }),
      ...(output !== undefined && output !== '' && { output: this.#texts.add(output, errorOutput) }),
    };
  }

  #steps(steps: readonly PlannedStep[]): ResultDetail['steps'] & object {
    const shown = Array.from(steps.slice(0, mostSteps), ({ say, reversible, diff }) => {
      const text = diff === undefined ? undefined : this.diff(diff);
      return { say: this.#texts.add(say), reversible, ...(text !== undefined && { diff: text }) };
    });
    const left = steps.length - shown.length;
    if (left === 0) return shown;
    const isReversible = steps.slice(mostSteps).every(({ reversible }) => reversible);
    return [...shown, { say: this.#texts.add(`and ${count(left, 'more step')}`), reversible: isReversible }];
  }

  /** Its unified diff; undefined when nothing differs. */
  diff(diff: Diff): TextIndex | undefined {
    const { of, before, after } = diff;
    if (before === after) return undefined;
    const key = createHash('sha256')
      .update(JSON.stringify([of, before, after]))
      .digest('base64');
    const known = this.#diffs.get(key);
    if (known !== undefined) return known;
    this.#compared += before.length + after.length;
    const text = this.#compared > mostCompared ? `[${of}: too much to compare in one report]` : unifiedDiff(diff);
    // A carriage return must not hide what stands before it.
    const number = this.#texts.add(text.replaceAll('\r', '^M'), diffBound);
    this.#diffs.set(key, number);
    return number;
  }
}

function meaningOf(result: Value | undefined): string | undefined {
  return isValues(result) && typeof result['rc'] === 'number' ? exitCodeMeaning(result['rc']) : undefined;
}
