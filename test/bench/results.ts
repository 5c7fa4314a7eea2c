import { appendFileSync, existsSync, readFileSync } from 'node:fs';

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

export function appendResult(file: string, result: Result): void {
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

export function readResults(file: string): readonly Result[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => Result.parse(JSON.parse(line)));
}
