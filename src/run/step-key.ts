import { sha256Hex } from '../base/digest.ts';
import type { Op, Step } from '../base/op.ts';

/** Where a step stands in its task. */
export interface StepPlace {
  /** The task's id. */
  readonly task: string;
  /** Which item of the task's loop; 0 without a loop. */
  readonly item: number;
  /** Which step of it. */
  readonly step: number;
  /** `no_log`: nothing about what the step does may get into the key. */
  readonly noLog: boolean;
}

/**
 * Names a step over interruptions: the same task that would do the same thing again has the same key. What it does is
 * taken without secrets, since the key is stored.
 */
export function stepKey({ task, item, step, noLog }: StepPlace, { do: op }: Step): string {
  return sha256Hex(JSON.stringify([task, item, step, noLog ? op.kind : essenceOf(op)])).slice(0, 16);
}

/**
 * Whether a step that came to its end is not done again, though its plan wants it: what it does cannot be seen on the
 * host. The others are planned on what is there, so that doing them again is right when they are wanted again.
 */
export function isAdoptable({ do: op }: Step, rests: boolean): boolean {
  if (op.kind === 'exec') return !rests;
  return op.kind === 'reboot' || (op.kind === 'unit' && (op.verb === 'restart' || op.verb === 'reload'));
}

/** What tells an op from another one: a command as it is shown, anything else by what it is about. */
function essenceOf(op: Op): readonly unknown[] {
  switch (op.kind) {
    case 'exec':
      return [op.kind, op.command.redacted, op.chdir, op.shell, Object.keys(op.environment ?? {})];
    case 'unit':
      return [op.kind, op.verb, op.unit];
    case 'package':
      return [op.kind, op.ensure, op.names, op.files];
    case 'wait':
      return [op.kind, op.probe.redacted];
    case 'reboot':
      return [op.kind];
    default:
      return [op.kind, op.path];
  }
}
