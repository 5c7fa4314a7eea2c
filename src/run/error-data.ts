import { TaskFailedError, type K3sboxError } from '../base/errors.ts';
import type { ErrorData } from '../base/event.ts';
import { lastLines, sanitise } from '../base/text.ts';

/** Lines of a host's output that go into an error. */
const outputLines = 20;
/** Lines of a command that go into an error. */
const commandLines = 4;
/** Characters of each. */
const commandWidth = 300;

/** An error as events carry it: bounded, and safe for a terminal. */
export function errorData(error: K3sboxError, command?: string): ErrorData {
  const output = error instanceof TaskFailedError ? error.output : undefined;
  return {
    code: error.code,
    message: sanitise(error.message),
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(command !== undefined && { command: shortened(command) }),
    ...(output !== undefined && output !== '' && { output: lastLines(sanitise(output), outputLines).slice(-8000) }),
  };
}

/** Programs of our own can be long; what somebody wrote in a task seldom is. */
function shortened(command: string): string {
  const lines = sanitise(command)
    .trimEnd()
    .split('\n')
    .map((line) => (line.length <= commandWidth ? line : `${line.slice(0, commandWidth)}...`));
  if (lines.length <= commandLines) return lines.join('\n');
  return [...lines.slice(0, commandLines), `... ${lines.length - commandLines} more lines`].join('\n');
}
