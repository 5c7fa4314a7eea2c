import { z } from 'zod';

import type { EndedCli } from '../helpers/built-cli.ts';
import type { PlannedEntry, RanEntry } from './judge.ts';

type K3sbox = (...words: readonly string[]) => Promise<EndedCli>;

const PlanDocument = z.object({
  hosts: z.record(
    z.string(),
    z.object({
      tasks: z.array(
        z.object({
          name: z.string(),
          action: z.string(),
          reversible: z.boolean(),
          steps: z.array(z.object({ say: z.string(), diff: z.string().optional() })),
          note: z.string().optional(),
        }),
      ),
      error: z.object({ message: z.string() }).optional(),
    }),
  ),
});

/** What a plan says of each task. */
export async function plan(k3sbox: K3sbox): Promise<ReadonlyMap<string, PlannedEntry>> {
  const ended = await expectExit(k3sbox('plan', 'play.yaml', '-i', 'hosts.yaml', '--output', 'json'), 'plan');
  const hosts = Object.values(PlanDocument.parse(JSON.parse(ended.stdout)).hosts);
  for (const { error } of hosts) if (error !== undefined) throw new Error(`plan: ${error.message}`);
  return new Map(hosts.flatMap(({ tasks }) => tasks.map((task) => [task.name, task])));
}

const TaskEnded = z.object({
  type: z.literal('task-ended'),
  task: z.string(),
  status: z.string(),
  message: z.string().optional(),
  steps: z
    .array(
      z.object({
        say: z.string(),
        reversible: z.boolean(),
        diff: z.object({ of: z.string(), before: z.string(), after: z.string() }).optional(),
      }),
    )
    .optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** What a run, or a dry one, did with each task. */
export async function run(k3sbox: K3sbox, ...words: readonly string[]): Promise<ReadonlyMap<string, RanEntry>> {
  const ended = await expectExit(k3sbox('run', 'play.yaml', '-i', 'hosts.yaml', '--output', 'json', ...words), 'run');
  const events = ended.stdout.split('\n').filter((line) => line.startsWith('{"'));
  const tasks = events.flatMap((line) => TaskEnded.safeParse(JSON.parse(line)).data ?? []);
  return new Map(tasks.map(({ error, ...task }) => [task.task, { ...task, message: task.message ?? error?.message }]));
}

async function expectExit(running: Promise<EndedCli>, what: string): Promise<EndedCli> {
  const ended = await running;
  if (ended.exitCode === 0) return ended;
  throw new Error(`${what} ended with ${ended.exitCode}: ${ended.stderr}${ended.stdout.slice(-3000)}`);
}
