import { isValues } from '../base/value.ts';
import type { EarlierTask } from './earlier-run.ts';
import type { TaskResult } from './task-result.ts';

/** What the journal has in place of a secret. */
const hidden = '***';

/**
 * The result of a task in a resumed run. What had come to its end, and was found as it should be, has the result that it had
 * then: conditions decide as they did, and handlers that had been notified still are. Pure.
 */
export function asBefore(result: TaskResult, earlier: EarlierTask | undefined): TaskResult {
  if (earlier === undefined || earlier.actsAnew || result.failed) return result;
  const { ended, changed } = earlier;
  if (ended?.status === 'failed') return result;
  if (ended !== undefined && isValues(ended.result) && !JSON.stringify(ended.result).includes(hidden)) {
    const { message: _message, output: _output, error: _error, ...rest } = result;
    const { status, result: values } = ended;
    return {
      ...rest,
      changed: status === 'changed',
      skipped: status === 'skipped',
      failed: status === 'ignored',
      values,
    };
  }
  if (!changed && ended?.status !== 'changed') return result;
  return { ...result, changed: true, skipped: false, values: { ...result.values, changed: true } };
}
