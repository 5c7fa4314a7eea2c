import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import type { Stage } from '../stage.ts';
import type { MakeCommand, Tool } from './tool.ts';

const HostEnded = z.object({ type: z.literal('host-ended'), roundTrips: z.number() });

/** @param program what starts k3sbox, before its own words */
export function k3sboxTool(program: readonly string[]): Tool {
  const make = makerOf(program);
  const playbook = (file: string): MakeCommand => make((stage) => ['run', stage.path(file)]);
  return {
    name: 'k3sbox',
    title: 'k3sbox',
    place: 'machine',
    commands: {
      w1: make(() => ['exec', 'all'], ['--', 'true']),
      w2: playbook('w2.yaml'),
      w3: playbook('w3.yaml'),
      w4: playbook('w4.yaml'),
      w5: make(() => ['facts', 'all']),
    },
    roundTrips: mostRoundTrips,
  };
}

/** Hosts fetch large files from each other. @param program as for {@link k3sboxTool} */
export function k3sboxRelay(program: readonly string[]): Tool {
  const make = makerOf(program, { k3sbox_relay: 'bench' });
  return {
    name: 'k3sbox-relay',
    title: 'k3sbox with `k3sbox_relay`: hosts fetch large files from each other',
    place: 'machine',
    commands: { w3: make((stage) => ['run', stage.path('w3.yaml')]) },
    roundTrips: mostRoundTrips,
  };
}

function makerOf(program: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  return (words: (stage: Stage) => readonly string[], last: readonly string[] = []): MakeCommand =>
    (stage, hosts) => {
      mkdirSync(projectOf(stage), { recursive: true });
      const options = ['-i', stage.inventory(hosts, variables), '--forks', String(hosts.length)];
      return { argv: [...program, ...words(stage), ...options, ...last] };
    };
}

/** Where k3sbox keeps its journal: on this machine's disk, not on a tmpfs. */
export function projectOf(stage: Stage): string {
  return stage.path('project');
}

function mostRoundTrips(stage: Stage): number {
  const runs = join(projectOf(stage), '.k3sbox/runs');
  // run ids begin with the time
  const last = readdirSync(runs).toSorted().at(-1) ?? '';
  const lines = readFileSync(join(runs, last, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const ended = lines.flatMap((line) => HostEnded.safeParse(JSON.parse(line)).data ?? []);
  return Math.max(...ended.map(({ roundTrips }) => roundTrips));
}
