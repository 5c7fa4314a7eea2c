import { TaskFailedError } from '../base/errors.ts';
import type { ExecOp, Op, Step } from '../base/op.ts';
import type { ShellCommand } from '../base/sh.ts';

/** How a task's steps may be written down on the host. */
export interface Hiding {
  /** The text with `***` for every secret in it. */
  readonly redact: (text: string) => string;
  /** `no_log`: nothing of what the steps are is written down. */
  readonly noLog: boolean;
}

/**
 * The steps, so that no secret gets into the undo log on the host, which stays there for a long time: their sentences without
 * secrets. Pure.
 * @throws TaskFailedError when what takes a step back, or does it once more, would hold one
 */
export function withoutSecretsInUndo(steps: readonly Step[], { redact, noLog }: Hiding): readonly Step[] {
  return steps.map((step) => {
    const hides = (op: Op | undefined): boolean =>
      op !== undefined && textsOf(op).some((text) => isSecret(text, redact));
    if (hides(step.undo) || hides(step.undoGuard)) throw refused('The `undo` of this task');
    if (step.againAfterUndo && hides(step.do)) throw refused('What a rollback runs once more for this task');
    const say = noLog ? 'hidden by no_log' : redact(step.say);
    return say === step.say ? step : { ...step, say };
  });
}

function refused(what: string): TaskFailedError {
  return new TaskFailedError(`${what.toLowerCase()} would store a secret on the host`, {
    hint: 'Have it read the secret from a file on the host, or leave it out.',
  });
}

function isSecret(text: string | ShellCommand, redact: Hiding['redact']): boolean {
  if (typeof text === 'string') return redact(text) !== text;
  return text.text !== text.redacted || redact(text.text) !== text.text;
}

/** All that the text of an op on the host is made of, where it may be a secret. */
function textsOf(op: Op): readonly (string | ShellCommand)[] {
  if (op.kind === 'wait') return [op.probe];
  return op.kind === 'exec' ? textsOfExec(op) : [];
}

function textsOfExec({
  command,
  stdin = '',
  chdir = '',
  environment = {},
}: ExecOp): readonly (string | ShellCommand)[] {
  return [command, stdin, chdir, ...Object.values(environment)];
}
