import { formatDuration } from '../base/duration.ts';
import type { PlannedStep, RunEvent, TaskStatus } from '../base/event.ts';
import { sanitise } from '../base/text.ts';
import { diffLines } from './diff-view.ts';
import { failureLines } from './failure-lines.ts';
import type { Style } from './style.ts';
import { paintStatus } from './words.ts';

export interface LineOptions {
  readonly style: Style;
  /** 0: what changed and what went wrong. 1: also what was fine, and output. 2: also steps and round trips. */
  readonly verbosity: number;
  /** Show what steps change. */
  readonly diff: boolean;
}

/** How a task ended on a host, or would end, in words; everything but the host's name. */
export interface TaskEntry {
  /** Painted and padded to {@link statusWidth}. */
  readonly status: string;
  readonly text: string;
  readonly elapsedMs?: number;
  /** Further lines: what went wrong, what would change. */
  readonly details: readonly string[];
  readonly failed: boolean;
  /** Equal for hosts where the same happened. */
  readonly key: string;
}

export const statusWidth = 15;

/** The entry of a task that ended; undefined when it is not worth a line. `changed` is the word for what `--check` would do. */
export function endedEntry(
  event: Extract<RunEvent, { type: 'task-ended' }>,
  options: LineOptions,
  changed: string,
): TaskEntry | undefined {
  const { style } = options;
  if (!isShown(event, options.verbosity)) return undefined;
  const item = event.item === undefined ? '' : ` (item ${sanitise(asText(event.item))})`;
  const known = event.unknown ? ': known after apply' : '';
  const message = known + (event.message === undefined ? '' : `: ${sanitise(event.message).trimEnd()}`);
  const failed = event.status === 'failed' || event.status === 'unreachable';
  const done = event.status === 'changed' ? changed : event.status;
  const word = event.unknown ? 'unknown' : done;
  const diffs = diffsOf(event.steps, options);
  return {
    status: paintStatus(event.status, style, word.padEnd(statusWidth)),
    text: sanitise(event.task) + item + message.replaceAll('\n', '\n    '),
    elapsedMs: event.elapsedMs,
    details: [...(failed || event.status === 'ignored' ? failureLines(event, style) : []), ...diffs],
    failed,
    key: JSON.stringify([event.id, event.status, item, message, event.error?.message, failed ? '' : diffs]),
  };
}

/** The entry of a task in a dry run; undefined when it is not worth a line. */
export function plannedEntry(
  event: Extract<RunEvent, { type: 'task-planned' }>,
  options: LineOptions,
): TaskEntry | undefined {
  const { style, verbosity } = options;
  const quiet = event.action === 'none' || event.action === 'skip';
  if (quiet && verbosity === 0) return undefined;
  const word = { none: 'ok', change: 'would change', unknown: 'unknown', skip: 'skipped' }[event.action];
  const remarks = [
    ...(event.action === 'unknown' ? ['known after apply'] : []),
    ...(event.note === undefined ? [] : [event.note]),
  ];
  const text = sanitise([event.task, ...remarks].join(': ')).replaceAll('\n', ' ');
  const details = diffsOf(event.steps, options);
  return {
    status: (quiet ? style.quiet : style.changed)(word.padEnd(statusWidth)),
    text,
    details,
    failed: false,
    key: JSON.stringify([event.id, word, text, details]),
  };
}

/** In its column; empty when nothing was timed. */
export function timeColumn(elapsedMs?: number): string {
  return (elapsedMs === undefined ? '' : formatDuration(elapsedMs)).padStart(7);
}

const quietStatuses: ReadonlySet<TaskStatus> = new Set(['ok', 'skipped']);

function isShown(event: Extract<RunEvent, { type: 'task-ended' }>, verbosity: number): boolean {
  const { status, module, message } = event;
  return (
    verbosity > 0 ||
    event.unknown === true ||
    !quietStatuses.has(status) ||
    (module === 'debug' && status !== 'skipped' && message !== undefined)
  );
}

function diffsOf(steps: readonly PlannedStep[] | undefined, { diff, style }: LineOptions): string[] {
  if (!diff) return [];
  return (steps ?? []).flatMap((step) => (step.diff ? diffLines(step.diff, style).map((line) => `    ${line}`) : []));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
