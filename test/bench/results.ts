import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { z } from 'zod';

import { links, timedWorks } from './work.ts';

/** One measured run of one tool. Times are in seconds. */
export const Result = z.object({
  at: z.iso.datetime(),
  tool: z.string(),
  work: z.enum(timedWorks),
  link: z.enum(links),
  hosts: z.int(),
  wall: z.number(),
  /** CPU time of the tool's processes. */
  controllerCpu: z.number(),
  /** CPU time of the sshds and of what they ran. */
  hostsCpu: z.number(),
  /** Peak of the sum over the tool's processes, each page that several share counted once. */
  peakMemoryMb: z.number(),
  controllerProcesses: z.int(),
  /** Over the wire, both ways, headers included. */
  bytes: z.int(),
  /** Processes and threads that were started on one host. */
  hostProcesses: z.int(),
  roundTrips: z.int().optional(),
  /** Cores that other work on this machine had meanwhile. */
  otherCores: z.number(),
  /** What is not as the work item asks for. Such a run is shown, and counts for nothing. */
  problem: z.string().optional(),
});
export type Result = z.infer<typeof Result>;

/** What `npm run bench:fleet` prints about a fleet that is simulated. */
export const SimulatedResult = z.object({
  bench: z.literal('fleet'),
  hosts: z.int(),
  forks: z.int(),
  tasksPerHost: z.int(),
  seconds: z.number(),
  msPerHost: z.number(),
  cpuMsPerHost: z.number(),
  rssMiB: z.number(),
  right: z.boolean(),
});
export type SimulatedResult = z.infer<typeof SimulatedResult>;

export interface Results {
  readonly measured: readonly Result[];
  readonly simulated: readonly SimulatedResult[];
}

export function appendResult(file: string, result: Result): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

export function readResults(file: string): Results {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const parsed = lines.map((line) => z.union([Result, SimulatedResult]).parse(JSON.parse(line)));
  return {
    measured: parsed.filter((result) => 'tool' in result),
    simulated: parsed.filter((result) => 'bench' in result),
  };
}
