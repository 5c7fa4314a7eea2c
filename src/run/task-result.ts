import { formatDuration } from '../base/duration.ts';
import type { K3sboxError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import type { Value, Values } from '../base/value.ts';
import type { StepResult } from '../host/act.ts';
import { isLeftAlone } from '../host/job-script.ts';
import type { Planned } from '../modules/module.ts';

/** How one task, or one item of its loop, went on a host: what `register` gets. */
export interface TaskResult {
  readonly changed: boolean;
  readonly failed: boolean;
  readonly skipped: boolean;
  /** Why it failed or was skipped, or what the module has to say. */
  readonly message?: string;
  readonly values: Values;
  /** The exit code, or 124, of the step that decided. */
  readonly output?: StepResult;
  /** The error it could not even be planned for. */
  readonly error?: K3sboxError;
}

/** Results under Ansible's names: `changed`, `failed`, `rc`, `stdout`, `stdout_lines`... */
export function resultOf(planned: Planned, results: readonly StepResult[], steps: readonly Step[]): TaskResult {
  const { failure } = planned;
  const output = results.findLast((_result, i) => steps[i]?.do.kind === 'exec');
  const failing = results.find((result, i) => !isOk(steps[i], result));
  const failed = failing !== undefined || failure !== undefined;
  const isStarted = failing === undefined && steps.some(isLeftAlone);
  const decisive = failing ?? output ?? (failure && { id: '', timedOut: false, elapsedMs: 0, ...failure });
  const changed = steps.some((step, i) => step.changes !== false && results[i] !== undefined);
  const message = failing === undefined ? (failure?.message ?? planned.message) : failureMessage(failing);
  return {
    changed,
    failed,
    skipped: false,
    ...(message !== undefined && { message }),
    values: {
      ...planned.result,
      ...(output && (isStarted ? startedValues(output) : outputValues(output))),
      changed,
      failed,
      ...(message !== undefined && { msg: message }),
    },
    ...(decisive && { output: decisive }),
  };
}

export function skippedResult(message: string): TaskResult {
  return {
    changed: false,
    failed: false,
    skipped: true,
    message,
    values: { changed: false, failed: false, skipped: true, skip_reason: message },
  };
}

export function failedResult(message: string, values: Values = {}): TaskResult {
  return {
    changed: false,
    failed: true,
    skipped: false,
    message,
    values: { ...values, changed: false, failed: true, msg: message },
  };
}

/** The result with `changed` and `failed` as `changed_when` and `failed_when` say. */
export function withVerdict(
  result: TaskResult,
  verdict: { readonly changed?: boolean; readonly failed?: boolean; readonly why?: string },
): TaskResult {
  const changed = verdict.changed ?? result.changed;
  const failed = verdict.failed ?? result.failed;
  const why = failed ? verdict.why : undefined;
  const message = failed === result.failed ? result.message : why;
  const { message: _old, ...rest } = result;
  return {
    ...rest,
    changed,
    failed,
    ...(message !== undefined && { message }),
    values: { ...result.values, changed, failed, ...(verdict.failed !== undefined && { failed_when_result: failed }) },
  };
}

/** The result of a loop: its items' results, and changed or failed when any of them is. */
export function loopResult(
  results: readonly (TaskResult & { readonly item: Value; readonly loopVar: string })[],
): TaskResult {
  const changed = results.some((result) => result.changed);
  const failed = results.some((result) => result.failed);
  const skipped = results.every((result) => result.skipped);
  const message = results.find((result) => result.failed)?.message;
  const output = results.find((result) => result.failed)?.output;
  return {
    changed,
    failed,
    skipped,
    ...(message !== undefined && { message }),
    values: {
      changed,
      failed,
      ...(skipped && { skipped: true }),
      msg:
        message ?? (results.length === 0 ? 'No items in the list' : `All items ${skipped ? 'skipped' : 'completed'}`),
      results: results.map((result) => ({
        ...result.values,
        [result.loopVar]: result.item,
        ansible_loop_var: result.loopVar,
      })),
    },
    ...(output && { output }),
  };
}

export function isOk(step: Step | undefined, { exitCode, timedOut, lost }: StepResult): boolean {
  if (timedOut || lost) return false;
  if (step?.do.kind !== 'exec' || step.do.okExitCodes === undefined) return exitCode === 0;
  return step.do.okExitCodes === 'any' || step.do.okExitCodes.includes(exitCode);
}

/** Ansible's names for what is in the background; the id is the folder of the command on the host. */
function startedValues({ stdout }: StepResult): Values {
  const folder = withoutEnd(stdout);
  return { ansible_job_id: folder, results_file: folder, started: true, finished: false };
}

function outputValues({ exitCode, stdout, stderr }: StepResult): Values {
  return {
    rc: exitCode,
    stdout: withoutEnd(stdout),
    stderr: withoutEnd(stderr),
    stdout_lines: linesOf(stdout),
    stderr_lines: linesOf(stderr),
  };
}

function withoutEnd(output: string): string {
  return output.replace(/[\r\n]+$/, '');
}

function linesOf(output: string): readonly string[] {
  const text = withoutEnd(output);
  return text === '' ? [] : text.split(/\r?\n/);
}

/** Exit codes as shells and utilities mean them. */
const exitWords: Readonly<Record<number, string>> = {
  126: 'the command cannot be executed',
  127: 'command not found',
  130: 'interrupted',
  137: 'killed (SIGKILL); out of memory?',
  143: 'ended by SIGTERM',
};

function failureMessage({ exitCode, timedOut, lost, elapsedMs }: StepResult): string {
  if (lost) return 'gone from the background without a result: it was killed, or the host was restarted';
  if (timedOut) return `time was up after ${formatDuration(elapsedMs)}`;
  const words = exitWords[exitCode];
  return `exit code ${exitCode}${words === undefined ? '' : ` (${words})`}`;
}
