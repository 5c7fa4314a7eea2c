import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import { defineModule, type PlanContext } from './module.ts';
import { backup, flag, textual } from './shared/args.ts';
import { accountName } from './shared/accounts.ts';
import { dropJob, putJob, putVariable } from './shared/edit-crontab.ts';
import { joinPath } from './shared/paths.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const field = (what: string) =>
  textual(`${what} (default *).`)
    .refine((text) => /^\S+$/.test(text), 'must be one word')
    .default('*');

const args = z
  .strictObject({
    name: z
      .string()
      .regex(/^[^\n]+$/, 'must be one line')
      .describe('What the job is known by; with `env` the variable.'),
    job: z
      .string()
      .regex(/^[^\n]+$/, 'must be one line')
      .optional()
      .describe('The command; with `env` the value.'),
    state: z.enum(['present', 'absent']).default('present').describe('Should it be there?'),
    user: accountName.optional().describe('Whose job it is (default: the user of the task; root in a `cron_file`).'),
    minute: field('Minute'),
    hour: field('Hour'),
    day: field('Day of the month'),
    month: field('Month'),
    weekday: field('Day of the week'),
    special_time: z
      .enum(['reboot', 'yearly', 'annually', 'monthly', 'weekly', 'daily', 'hourly'])
      .optional()
      .describe('Instead of the five fields.'),
    cron_file: z
      .string()
      .regex(/^(?:\/[^\0\n]+|[\w-]+)$/, 'must be a name in /etc/cron.d (without a dot) or an absolute path')
      .optional()
      .describe('A file of its own instead of the crontab of a user.'),
    disabled: flag('Keep the job, but as a comment.'),
    env: flag('It is a variable for the jobs below, not a job.'),
    backup,
  })
  .superRefine(({ state, job }, context) => {
    if (state === 'absent' || job !== undefined) return;
    context.addIssue({ code: 'custom', path: ['job'], message: 'needs `job`' });
  });

type Context = PlanContext<z.output<typeof args>>;

/** Jobs that run by the clock. */
export const cron = defineModule({
  name: 'cron',
  summary: 'Keep a job in the crontab of a user, or in a file of its own.',
  args,
  examples: [
    { title: 'Every night', args: { name: 'snapshot', job: 'k3s etcd-snapshot save', minute: '30', hour: '2' } },
    {
      title: 'In a file',
      args: { name: 'clean', job: '/opt/clean', special_time: 'daily', cron_file: 'clean', user: 'root' },
    },
  ],

  async plan(context) {
    const { cron_file: file } = context.args;
    return { steps: file === undefined ? await planCrontab(context) : await planCronFile(context, file) };
  },
});

async function planCronFile({ host, args: wanted }: Context, name: string): Promise<readonly Step[]> {
  const file = await readTextFile(host, joinPath('/etc/cron.d', name));
  if (file.state.type === 'absent' && wanted.state === 'absent') return [];
  return planText(host, file, { text: edit(wanted, file.text, wanted.user ?? 'root'), rights: {} });
}

async function planCrontab({ host, args: wanted, user }: Context): Promise<readonly Step[]> {
  const owner = wanted.user ?? user;
  const of = owner === user ? [] : ['-u', owner];
  const { stdout: before } = await host.probe(sh`${['crontab', ...of, '-l']} 2>/dev/null || :`);
  const after = edit(wanted, before, undefined);
  if (after === before) return [];
  return [
    {
      say: `write the crontab of ${owner}`,
      do: {
        kind: 'exec',
        command: sh`${['crontab', ...of, '-']}`,
        stdin: after,
        saves: spools.map((folder) => `${folder}/${owner}`),
      },
      diff: { of: `crontab of ${owner}`, before, after },
    },
  ];
}

/** Where crontabs are: Debian, Red Hat, SUSE, Alpine. */
const spools = ['/var/spool/cron/crontabs', '/var/spool/cron', '/var/spool/cron/tabs', '/etc/crontabs'];

/** `account` is the sixth field, which only files of the system have. */
function edit(wanted: Context['args'], text: string, account: string | undefined): string {
  const { name, job = '', state, env } = wanted;
  if (env === true) return putVariable(text, name, state === 'present' ? job : undefined);
  if (state === 'absent') return dropJob(text, name);
  const { minute, hour, day, month, weekday, special_time: special } = wanted;
  const when = special === undefined ? [minute, hour, day, month, weekday] : [`@${special}`];
  const line = [...when, ...(account === undefined ? [] : [account]), job].join(' ');
  return putJob(text, name, wanted.disabled === true ? `#${line}` : line);
}
