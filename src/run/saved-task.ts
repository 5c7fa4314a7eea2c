import { assertNever } from '../base/assert-never.ts';
import { saltedDigest } from '../base/digest.ts';
import { formatSpan } from '../base/diagnostic.ts';
import type { Diff, Op, Step } from '../base/op.ts';
import { guardText, isGuarded, type Answered } from '../host/guard.ts';
import { queryKey } from '../host/query-groups.ts';
import type { Query } from '../host/query.ts';
import type { SavedRead, SavedStep, SavedTask } from '../plan/saved-plan.ts';
import { isOfMoment } from './is-drift.ts';
import type { PlannedTask } from './planned-task.ts';
import { shownStep } from './shown-step.ts';

/** Larger diffs are left out of a plan file: for hundreds of hosts they would fill it. */
const largestDiffChars = 256 << 10;

const hidden = 'hidden by no_log';

export interface SavedTaskOptions {
  /** Of the plan. */
  readonly salt: string;
  /** Takes secrets out of what is stored in clear. */
  readonly hide: <T>(data: T) => T;
}

/** A planned task as a plan file holds it: what is shown, and digests of what is done and of what that rests on. */
export function savedTask(planned: PlannedTask, { salt, hide }: SavedTaskOptions): SavedTask {
  const { id, name, at, module, plan, items, noLog } = planned;
  const steps = items.flatMap(({ steps: own, reads: basis }) =>
    own.map((step): SavedStep => withDigests(hide(shownOf(step, noLog)), step, basis, salt)),
  );
  const reads = items
    .flatMap((item) => item.reads)
    .filter(({ query }) => isGuarded(query))
    .map((read) => savedRead(read, noLog, salt));
  return {
    id,
    name: hide(name),
    at: formatSpan(at),
    module,
    action: plan.action,
    ...(plan.note !== undefined && { note: hide(plan.note) }),
    steps: plan.action === 'skip' ? [] : steps,
    // Digests are not text: what happens to look like a secret in them is none.
    reads: distinct(reads).map(({ of, digest }) => ({ of: hide(of), digest })),
  };
}

function withDigests(shown: SavedStep, step: Step, reads: readonly Answered[], salt: string): SavedStep {
  const digest = digestOf(step, reads, salt);
  return digest === undefined ? shown : { ...shown, digest, sentence: sentenceOf(step, salt) };
}

/** Stands for what a step says it does, whatever that comes to on the host. */
export function sentenceOf({ say, do: { kind } }: Step, salt: string): string {
  return saltedDigest(salt, JSON.stringify([kind, say]));
}

function shownOf(step: Step, noLog: boolean): SavedStep {
  const { say, reversible, diff } = shownStep(step);
  return {
    say: noLog ? hidden : say,
    reversible,
    ...(diff !== undefined && !noLog && isSmall(diff) && { diff }),
  };
}

function isSmall({ before, after }: Diff): boolean {
  return before.length + after.length <= largestDiffChars;
}

/**
 * Stands for all that a step does. Undefined for a step that needs no way back and that the moment decides about, like
 * fetching lists that have become old: it is never what a plan is about.
 */
export function digestOf(step: Step, reads: readonly Answered[], salt: string): string | undefined {
  if (isOfMoment(step, reads)) return undefined;
  return saltedDigest(salt, JSON.stringify([timeless(step.do), step.undo === undefined ? null : timeless(step.undo)]));
}

/** Without what may differ although the same is done: where a file lies on the controller, whether lists are old. */
function timeless(op: Op): unknown {
  if (op.kind === 'package') {
    const { refreshCache: _, ...rest } = op;
    return rest;
  }
  if (op.kind !== 'file' || op.content.from !== 'controller') return op;
  const { file: _, ...content } = op.content;
  return { ...op, content };
}

/** What was read, in words, and what stands for the answer. */
export function savedRead({ query, answer }: Answered, noLog: boolean, salt: string): SavedRead {
  const text = answer.kind === 'denied' ? `denied ${answer.said}` : guardText([{ query, answer }]);
  // The guard leaves it out, and yet it is what `latest` means.
  const candidate = answer.kind === 'package' ? (answer.state.candidate ?? '') : '';
  return {
    of: noLog ? hidden : labelOf(query),
    digest: saltedDigest(salt, JSON.stringify([queryKey(query), text, candidate])),
  };
}

function distinct(reads: readonly SavedRead[]): SavedRead[] {
  return [...new Map(reads.map((read) => [read.digest, read])).values()];
}

const longestLabel = 80;

/** What was asked, in words for people. */
function labelOf(query: Query): string {
  switch (query.kind) {
    case 'path':
      return query.path;
    case 'tree':
      return `${query.path}/**`;
    case 'unit':
      return `unit ${query.unit}`;
    case 'package':
      return `package ${query.name}`;
    case 'account':
      return `${query.database === 'passwd' ? 'account' : 'group'} ${query.name}`;
    case 'probe':
      return `what \`${shortened(query.command.redacted)}\` prints`;
    case 'facts':
      return 'facts';
    default:
      return assertNever(query);
  }
}

function shortened(command: string): string {
  const [line = '', ...more] = command.trim().split('\n');
  return line.length > longestLabel || more.length > 0 ? `${line.slice(0, longestLabel)}...` : line;
}
