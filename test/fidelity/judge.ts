import { isDeepStrictEqual } from 'node:util';

import type { Diff } from '../../src/base/op.ts';
import { unifiedDiff } from '../../src/report/diff-view.ts';

/** A task as `plan --output json` has it. */
export interface PlannedEntry {
  readonly name: string;
  readonly action: string;
  readonly reversible: boolean;
  readonly steps: readonly { readonly say: string; readonly diff?: string | undefined }[];
  readonly note?: string | undefined;
}

/** A task as the events of a run have it: its `task-ended`. */
export interface RanEntry {
  readonly task: string;
  readonly status: string;
  readonly message?: string | undefined;
  readonly steps?:
    | readonly { readonly say: string; readonly reversible: boolean; readonly diff?: Diff | undefined }[]
    | undefined;
}

/**
 * `unknown`: the plan said that it cannot know. `acting`: the plan was right about what is done, but doing it failed, as a
 * command may. `lie`: what was said is not what happened.
 */
export interface Judgement {
  readonly verdict: 'right' | 'unknown' | 'acting' | 'lie';
  readonly why: string;
}

const right: Judgement = { verdict: 'right', why: '' };
const wouldFail = 'would fail as things are now: ';

/** Whether a run did what the plan had said of one task. */
export function judge(planned: PlannedEntry | undefined, ran: RanEntry | undefined): Judgement {
  if (planned === undefined && ran === undefined) return right;
  const judgement = judgeBoth(planned, ran);
  // What rests on an earlier command that nobody can foresee says so.
  const isHedged = planned?.note?.includes('unless it is changed by: ') === true;
  return judgement.verdict !== 'right' && isHedged ? { verdict: 'unknown', why: planned?.note ?? '' } : judgement;
}

function judgeBoth(planned: PlannedEntry | undefined, ran: RanEntry | undefined): Judgement {
  if (planned === undefined || ran === undefined) {
    if (planned?.action === 'unknown') return { verdict: 'unknown', why: planned.note ?? '' };
    const said = planned === undefined ? 'nothing' : planned.action;
    return lie(`the plan said ${said}, the run did ${ran === undefined ? 'nothing' : ran.status}`);
  }
  const failed = ran.status === 'ignored' || ran.status === 'failed';
  switch (planned.action) {
    case 'unknown':
      return judgeUnknown(planned.note ?? '', ran, failed);
    case 'skip':
      return ran.status === 'skipped' ? right : lie(`the plan said skip, the run ${ran.status}`);
    case 'none':
    case 'change': {
      const wanted = planned.action === 'none' ? 'ok' : 'changed';
      const steps = stepsDiffer(planned, ran);
      if (failed) {
        return steps === undefined && (ran.steps ?? []).length > 0
          ? { verdict: 'acting', why: ran.message ?? '' }
          : lie(`the plan said ${planned.action}, the run failed: ${ran.message ?? ''}`);
      }
      if (ran.status !== wanted) return lie(`the plan said ${planned.action}, the run ${ran.status}`);
      return steps === undefined ? right : lie(steps);
    }
    default:
      return lie(`the plan said ${planned.action}`);
  }
}

function judgeUnknown(note: string, ran: RanEntry, failed: boolean): Judgement {
  if (!note.startsWith(wouldFail)) return { verdict: 'unknown', why: note };
  const foreseen = note.slice(wouldFail.length);
  if (failed) {
    if (ran.message === foreseen) return right;
    return lie(`the plan foresaw "${foreseen}", the run failed with "${ran.message ?? ''}"`);
  }
  return { verdict: 'unknown', why: note };
}

function stepsDiffer(planned: PlannedEntry, { steps = [] }: RanEntry): string | undefined {
  // A command that only looks has run already.
  if (planned.note === 'ran, as check_mode is off') return undefined;
  const foreseen = planned.steps.map(({ say, diff = '' }) => ({ say, diff }));
  const done = steps.map(({ say, diff }) => ({ say, diff: diff === undefined ? '' : unifiedDiff(diff) }));
  if (!isDeepStrictEqual(foreseen, done)) {
    return `the plan's steps were ${JSON.stringify(foreseen)}, the run's ${JSON.stringify(done)}`;
  }
  const reversible = steps.every((step) => step.reversible);
  return reversible === planned.reversible ? undefined : 'the plan and the run differ in what can be taken back';
}

function lie(why: string): Judgement {
  return { verdict: 'lie', why };
}
