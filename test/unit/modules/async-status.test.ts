import { describe, expect, test } from 'vitest';

import { asyncStatus } from '../../../src/modules/async-status.ts';
import { planModule } from '../../helpers/plan-module.ts';

const jid = '/var/lib/k3sbox/runs/r/jobs/0003.0';
const look = (stdout: string, exitCode = 0) => ({ probes: [{ when: `sh ${jid}/look`, stdout, exitCode }] });
const status = (stdout: string, exitCode?: number) =>
  planModule(asyncStatus, { jid }, { host: look(stdout, exitCode) });

describe('the state of a command in the background', () => {
  test('that runs is not finished, and tells what it has printed so far', async () => {
    expect(await status('running\none\ntwo\n')).toEqual({
      steps: [],
      message: 'it still runs',
      result: {
        ansible_job_id: jid,
        started: true,
        finished: false,
        stdout: 'one\ntwo',
        stderr: '',
        stdout_lines: ['one', 'two'],
        stderr_lines: [],
      },
    });
  });

  test('that is through is finished, with its exit code', async () => {
    const planned = await status('ended 0\n');

    expect(planned).toMatchObject({ result: { finished: true, rc: 0, stdout: '' } });
    expect(planned.failure).toBeUndefined();
  });

  test.each([
    ['ended 7\nout\n', 7, 'exit code 7'],
    ['limit 143\n', 143, 'its time was up'],
    ['stopped 143\n', 143, 'it was ended'],
    ['lost\n', 255, 'it is gone without a result: it was killed, or the host was restarted'],
  ])('%j is a failure', async (stdout, rc, message) => {
    expect(await status(stdout)).toMatchObject({
      result: { finished: true, rc },
      failure: { exitCode: rc, message },
    });
  });

  test('that nobody knows is an error that says where to ask', async () => {
    await expect(status('', 127)).rejects.toMatchObject({
      message: `there is no command in the background at ${jid}`,
      hint: expect.stringContaining('as the user'),
    });
  });

  test.each(['1234.5678', '../jobs/0003.0', '/etc/passwd', `${jid}; reboot`, `${jid}/../..`])(
    'the id %j is none',
    (wrong) => {
      expect(asyncStatus.args.safeParse({ jid: wrong }).success).toBe(false);
    },
  );
});

describe('cleaning up', () => {
  test('removes what is there', async () => {
    const host = { files: { [jid]: { type: 'directory' } } } as const;
    const { steps } = await planModule(asyncStatus, { jid, mode: 'cleanup' }, { host });

    expect(steps).toMatchObject([{ say: `remove ${jid}`, needsNoUndo: true, changes: false }]);
  });

  test('does nothing when nothing is there', async () => {
    expect(await planModule(asyncStatus, { jid, mode: 'cleanup' }, {})).toEqual({ steps: [] });
  });
});
