import type { RunEvent, TaskStatus } from '../base/event.ts';
import type { Value } from '../base/value.ts';

/** A step that was about to run, as the journal has it. */
export interface IntendedStep {
  /** "0003.1": unique on its host, for its user. */
  readonly step: string;
  /** Which step of which task this is, whenever it runs: see `run/step-key.ts`. */
  readonly key: string;
  /** The host it ran on. */
  readonly on: string;
  /** The user it ran as, when it was not the login user. */
  readonly as: string | undefined;
  /** Set when the journal says that it came to its end. */
  readonly done: { readonly changed: boolean } | undefined;
}

/** A task that a host came to once. A handler, or a task in a loop of includes, may be executed several times. */
export interface Execution {
  /** The task's id. */
  readonly id: string;
  readonly steps: readonly IntendedStep[];
  /** Undefined: it had not come to its end. */
  readonly ended: { readonly status: TaskStatus; readonly result: Value | undefined } | undefined;
}

interface Draft {
  readonly id: string;
  steps: IntendedStep[];
  ended: Execution['ended'];
  /** How it failed; that is its end once a block has rescued it. */
  failed?: Execution['ended'];
}

/**
 * What each host of a run has been through, in order, as far as it was not taken back since: what a resumed run goes on
 * from. Tasks that failed are not among the ended ones unless a block has rescued them; their steps are. Pure.
 */
export function executionsOf(events: readonly RunEvent[]): ReadonlyMap<string, readonly Execution[]> {
  const hosts = new Map<string, Draft[]>();
  for (const event of events) {
    if (!('host' in event) || event.host === undefined) continue;
    const drafts = hosts.get(event.host) ?? [];
    hosts.set(event.host, drafts);
    apply(drafts, event);
  }
  return hosts;
}

function apply(drafts: Draft[], event: RunEvent): void {
  switch (event.type) {
    case 'step-intended': {
      const { step, key, host, on = host, as } = event;
      if (key !== undefined) openDraft(drafts, event.id).steps.push({ step, key, on, as, done: undefined });
      break;
    }
    case 'step-done': {
      const draft = openDraft(drafts, event.id);
      const { step, changed } = event;
      draft.steps = draft.steps.map((one) => (one.step === step ? withDone(one, changed) : one));
      break;
    }
    case 'task-ended': {
      const { status, result } = event;
      const draft = openDraft(drafts, event.id);
      if (status !== 'failed' && status !== 'unreachable') draft.ended = { status, result };
      else draft.failed = { status, result };
      break;
    }
    case 'task-rescued': {
      const draft = openDraft(drafts, event.id);
      draft.ended = draft.failed;
      break;
    }
    case 'undo-done':
      if (event.error === undefined) forgetStep(drafts, event);
      break;
    case 'rollback-ended':
      // What is left could not be taken back. What changed nothing is looked at again.
      drafts.splice(0, drafts.length, ...drafts.filter(({ steps }) => steps.length > 0));
      break;
    default:
  }
}

type UndoDone = Extract<RunEvent, { type: 'undo-done' }>;

function withDone(step: IntendedStep, changed: boolean): IntendedStep {
  return { ...step, done: { changed } };
}

/** The execution of this task that has not ended. One that failed goes on when the run is resumed. */
function openDraft(drafts: Draft[], id: string): Draft {
  const last = drafts.findLast((draft) => draft.id === id);
  if (last !== undefined && last.ended === undefined) return last;
  const draft: Draft = { id, steps: [], ended: undefined };
  drafts.push(draft);
  return draft;
}

function forgetStep(drafts: readonly Draft[], { host, on = host, as, step }: UndoDone): void {
  for (const draft of drafts) {
    const left = draft.steps.filter((one) => one.step !== step || one.on !== on || one.as !== as);
    if (left.length === draft.steps.length) continue;
    draft.steps = left;
    draft.ended = undefined;
    draft.failed = undefined;
  }
}
