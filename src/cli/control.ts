import { UsageError } from '../base/errors.ts';
import { type Control, sendControl } from '../journal/control.ts';
import { openRun } from '../journal/run-store.ts';
import { type Cli, printLine } from './cli.ts';
import { isAlive } from './run-alive.ts';

const told: Readonly<Record<Control, string>> = {
  pause: 'is paused when the hosts in flight are through',
  resume: 'goes on',
  abort: 'is aborted: hosts that are not through go back',
};

/** Tells a run that goes on, in this folder, what to do. @throws UsageError when it does not go on */
export function control(cli: Cli, id: string, action: Control): void {
  const run = openRun(cli.io.cwd, id);
  if (!isAlive(run)) {
    throw new UsageError(`run ${run.record.id} is not going on`, {
      hint: `Look at it with \`k3sbox runs show ${run.record.id}\`; go on with it with \`k3sbox resume ${run.record.id}\`.`,
    });
  }
  sendControl(run, action);
  printLine(cli, `run ${run.record.id} ${told[action]}`);
}
