import { formatDuration } from '../base/duration.ts';
import type { Async, ExecOp, Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';

/** What a task's own keywords say about the steps of its module. */
export interface StepKeywords {
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  /** `async`: the command runs in the background. */
  readonly async: Async | undefined;
  /** The command that takes the task back. */
  readonly undo: string | undefined;
  readonly irreversible: boolean;
  /** `changed_when: false`: the command only looks. */
  readonly neverChanges: boolean;
  /** `failed_when`: the controller decides whether an exit code is a failure. */
  readonly judged: boolean;
}

/** The module's steps as the task's keywords want them. Pure. */
export function keyworded(steps: readonly Step[], keywords: StepKeywords): readonly Step[] {
  return steps.map((step) =>
    step.do.kind === 'exec' ? keywordedExec(step, step.do, keywords) : timed(step, keywords),
  );
}

function timed(step: Step, { timeoutMs }: StepKeywords): Step {
  return timeoutMs === undefined || step.do.kind !== 'unit' ? step : { ...step, do: { ...step.do, timeoutMs } };
}

function keywordedExec(step: Step, op: ExecOp, keywords: StepKeywords): Step {
  const { environment, timeoutMs, async, undo, irreversible, neverChanges, judged } = keywords;
  const hasEnvironment = Object.keys(environment).length > 0;
  // A command's module leaves the verdict to us: without a condition of the task's own, 0 is the only good exit code, and
  // the host can stop by itself.
  const { okExitCodes, ...rest } = op;
  const ok = judged ? ('any' as const) : okExitCodes;
  const decided: ExecOp = {
    ...rest,
    ...(ok !== undefined && (judged || ok !== 'any') && { okExitCodes: ok }),
    ...(hasEnvironment && { environment: { ...environment, ...op.environment } }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
  const { undo: own, ...bare } = step;
  return {
    ...(irreversible || own === undefined ? bare : { ...bare, undo: own }),
    ...(async ? inBackground(step.say, decided, async, timeoutMs) : { do: decided }),
    ...(undo !== undefined && { undo: { kind: 'exec', command: sh.raw(undo) } }),
    ...(irreversible && { needsNoUndo: true }),
    ...(neverChanges && { changes: false }),
  };
}

/** The limit is the host's to keep: the task's `timeout` is one, too, when it is shorter. */
function inBackground(
  say: string,
  { timeoutMs: _own, ...op }: ExecOp,
  async: Async,
  timeoutMs: number | undefined,
): Pick<Step, 'say' | 'do'> {
  const limitMs = Math.min(async.limitMs, timeoutMs ?? async.limitMs);
  const waiting = async.pollMs === 0 ? ', nobody waits for it' : '';
  return {
    say: `${say} (in the background, at most ${formatDuration(limitMs)}${waiting})`,
    do: { ...op, async: { ...async, limitMs } },
  };
}
