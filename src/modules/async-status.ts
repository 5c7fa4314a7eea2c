import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { sh } from '../base/sh.ts';
import type { Values } from '../base/value.ts';
import type { HostReader } from '../host/reader.ts';
import { defineModule, unchanged, type Planned } from './module.ts';

/** Looks at a command that a task with `async` and `poll: 0` has started. */
export const asyncStatus = defineModule({
  name: 'async_status',
  summary: 'Tell how a command is doing that runs in the background (`async` with `poll: 0`).',
  undo: 'It changes nothing, so there is nothing to take back; a rollback ends what still runs.',
  args: z.strictObject({
    jid: z
      .string()
      .regex(/^\/[^\0\n]+\/runs\/[^/\0\n]+\/jobs\/\d+\.\d+$/, 'must be the `ansible_job_id` of a result')
      .describe('`ansible_job_id` of the result of the task that started it.'),
    mode: z
      .enum(['status', 'cleanup'])
      .default('status')
      .describe('`cleanup` removes what the host keeps of it, once it is through.'),
  }),
  examples: [
    { title: 'See how it is doing', args: { jid: '/var/lib/k3sbox/runs/20261122-103012-4f2a/jobs/0003.0' } },
    {
      title: 'Remove its output',
      args: { jid: '/var/lib/k3sbox/runs/20261122-103012-4f2a/jobs/0003.0', mode: 'cleanup' },
    },
  ],

  plan({ args: { jid, mode }, host }) {
    return mode === 'cleanup' ? cleanUp(host, jid) : look(host, jid);
  },
});

async function look(host: HostReader, jid: string): Promise<Planned> {
  const { exitCode, stdout, stderr } = await host.probe(sh`sh ${`${jid}/look`}`);
  const [state = '', ...lines] = stdout.split('\n');
  const [how = '', code = ''] = state.split(' ');
  if (exitCode !== 0 || state === '') {
    throw new TaskFailedError(`there is no command in the background at ${jid}`, {
      hint: 'Ask as the user, and on the host, that started it.',
    });
  }
  const output = lines.join('\n');
  const isRunning = how === 'running';
  const result = { ansible_job_id: jid, started: true, finished: !isRunning, ...outputValues(output, stderr) };
  if (isRunning) return { steps: [], result, message: 'it still runs' };
  const rc = how === 'lost' ? 255 : Number(code);
  const ended = { steps: [], result: { ...result, rc } };
  const message = failureMessage(how, rc);
  return message === undefined ? ended : { ...ended, failure: { message, exitCode: rc, stdout: output, stderr } };
}

function failureMessage(how: string, rc: number): string | undefined {
  if (how === 'lost') return 'it is gone without a result: it was killed, or the host was restarted';
  if (how === 'limit') return 'its time was up';
  if (how === 'stopped') return 'it was ended';
  return rc === 0 ? undefined : `exit code ${rc}`;
}

function outputValues(stdout: string, stderr: string): Values {
  const [out, err] = [stdout, stderr].map((text) => text.replace(/[\r\n]+$/, ''));
  return { stdout: out ?? '', stderr: err ?? '', stdout_lines: linesOf(out), stderr_lines: linesOf(err) };
}

function linesOf(text = ''): readonly string[] {
  return text === '' ? [] : text.split(/\r?\n/);
}

async function cleanUp(host: HostReader, jid: string): Promise<Planned> {
  const { type } = await host.path(jid);
  if (type === 'absent') return unchanged;
  const command = sh`case $(sh ${`${jid}/look`} 2>/dev/null | head -n 1) in running) echo 'it still runs' >&2; exit 1;; esac
rm -rf -- ${jid}`;
  return {
    steps: [{ say: `remove ${jid}`, do: { kind: 'exec', command }, needsNoUndo: true, changes: false }],
    result: { ansible_job_id: jid, erased: jid },
  };
}
