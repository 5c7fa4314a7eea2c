import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import type { Stage } from '../stage.ts';
import type { Tool } from './tool.ts';

const HostEnded = z.object({ type: z.literal('host-ended'), roundTrips: z.number() });

/** @param argv what starts k3sbox, before its own words */
export function k3sboxTool(argv: readonly string[]): Tool {
  return {
    name: 'k3sbox',
    title: 'k3sbox',
    place: 'machine',
    command(work, stage, hosts) {
      mkdirSync(projectOf(stage), { recursive: true });
      const options = ['-i', stage.inventory(hosts), '--forks', String(hosts.length)];
      switch (work) {
        case 'w1':
          return { argv: [...argv, 'exec', 'all', ...options, '--', 'true'] };
        case 'w2':
          return { argv: [...argv, 'run', stage.path('w2.yaml'), ...options] };
        case 'w3':
        case 'w4':
        case 'w5':
          return undefined;
      }
    },
    roundTrips: (stage) => Math.max(...lastRun(stage).map(({ roundTrips }) => roundTrips)),
  };
}

/** Where k3sbox keeps its journal: on this machine's disk, not on a tmpfs. */
export function projectOf(stage: Stage): string {
  return stage.path('project');
}

function lastRun(stage: Stage): readonly z.infer<typeof HostEnded>[] {
  const runs = join(projectOf(stage), '.k3sbox/runs');
  // run ids begin with the time
  const last = readdirSync(runs).toSorted().at(-1) ?? '';
  const lines = readFileSync(join(runs, last, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.flatMap((line) => HostEnded.safeParse(JSON.parse(line)).data ?? []);
}
