import type { PlannedStep } from '../base/event.ts';
import { isReversible, type Step } from '../base/op.ts';

/** What is stored and shown of a step. */
export function shownStep(step: Step): PlannedStep {
  return { say: step.say, reversible: isReversible(step), ...(step.diff && { diff: step.diff }) };
}
