import { expect, test } from 'vitest';

import { cron } from '../../../src/modules/cron.ts';
import { planModule } from '../../helpers/plan-module.ts';

const crontab = 'MAILTO="ops"\n#Ansible: old\n0 1 * * * /opt/old\n5 * * * * mine\n';

const after = async (args: object, text = crontab) => {
  const host = { probes: [{ when: 'crontab', stdout: text }] };
  const { steps } = await planModule(cron, { name: 'new', job: '/opt/new', ...args }, { host });
  const op = steps[0]?.do;
  return op?.kind === 'exec' ? op.stdin : undefined;
};

test.each([
  [{}, `${crontab}#Ansible: new\n* * * * * /opt/new\n`],
  [{ minute: 30, hour: '2', weekday: '1-5' }, `${crontab}#Ansible: new\n30 2 * * 1-5 /opt/new\n`],
  [{ special_time: 'daily' }, `${crontab}#Ansible: new\n@daily /opt/new\n`],
  [{ disabled: true }, `${crontab}#Ansible: new\n#* * * * * /opt/new\n`],
  [{ name: 'old', job: '/opt/new', hour: 1 }, crontab.replace('0 1 * * * /opt/old', '* 1 * * * /opt/new')],
  [{ name: 'old', job: '/opt/old', minute: 0, hour: 1 }, undefined],
  [{ name: 'old', state: 'absent' }, 'MAILTO="ops"\n5 * * * * mine\n'],
  [{ state: 'absent' }, undefined],
  [{ name: 'MAILTO', job: 'me', env: true }, crontab.replace('ops', 'me')],
  [{ name: 'PATH', job: '/bin', env: true }, `PATH="/bin"\n${crontab}`],
  [{ name: 'MAILTO', env: true, state: 'absent' }, crontab.replace('MAILTO="ops"\n', '')],
])('%j', async (args, text) => {
  expect(await after(args)).toBe(text);
});

test('the crontab of somebody else is asked for, written and kept', async () => {
  const host = { probes: [{ when: 'crontab -u ada -l' }] };

  const { steps } = await planModule(cron, { name: 'a', job: 'b', user: 'ada' }, { host });

  expect(steps[0]).toMatchObject({
    say: 'write the crontab of ada',
    do: { command: { text: 'crontab -u ada -' }, saves: expect.arrayContaining(['/var/spool/cron/crontabs/ada']) },
  });
});

test('a file of its own names the user', async () => {
  const { steps } = await planModule(cron, {
    name: 'a',
    job: 'b',
    special_time: 'reboot',
    cron_file: 'a',
    user: 'ada',
  });

  expect(steps.map(({ do: op }) => op)).toEqual([
    { kind: 'directory', path: '/etc/cron.d' },
    { kind: 'file', path: '/etc/cron.d/a', content: { from: 'text', text: '#Ansible: a\n@reboot ada b\n' } },
  ]);
});

test.each([
  { name: 'a' },
  { name: 'a', job: 'b\nc' },
  { name: 'a', job: 'b', minute: '1 2' },
  { name: 'a', job: 'b', cron_file: 'a.conf' },
])('arguments %j are refused', (args) => {
  expect(cron.args.safeParse(args).success).toBe(false);
});
