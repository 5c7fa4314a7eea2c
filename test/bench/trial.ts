import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { sanitise } from '../../src/base/text.ts';
import type { BenchHost } from './bench-host.ts';
import type { Cgroup } from './cgroup.ts';
import type { Fleet } from './fleet/fleet.ts';
import { machineCpuSeconds, measure } from './measure.ts';
import type { Result } from './results.ts';
import type { Stage } from './stage.ts';
import { projectOf } from './tools/k3sbox.ts';
import type { Command, Tool } from './tools/tool.ts';
import { w2Problem } from './work-items/w2.ts';
import { w3Problem } from './work-items/w3.ts';
import { w4Problem } from './work-items/w4.ts';
import { w5Problem } from './work-items/w5.ts';
import type { Link, TimedWork } from './work.ts';

/** What takes longer is ended, and does not count. */
const mostMs = 20 * 60_000;

/** Where a tool is tried. */
export interface Setting {
  readonly stage: Stage;
  readonly fleet: Fleet;
  /** Of the tools. */
  readonly cgroup: Cgroup;
  readonly hosts: readonly BenchHost[];
  readonly link: Link;
  /** A process in the network that the tools see, and its interface towards the hosts. */
  readonly network: { readonly pid: number; readonly device: string };
  /** Nothing is worth measuring any more. */
  readonly signal: AbortSignal;
}

/** One measured run of a tool. Resets nothing: the second run of W2 finds what the first one left. */
export async function tryTool(tool: Tool, command: Command, work: TimedWork, setting: Setting): Promise<Result> {
  const { stage, fleet, cgroup, hosts, link, network, signal } = setting;
  const last = hosts.at(-1);
  if (last === undefined) throw new Error('there are no hosts');
  const log = stage.path(`runs/${tool.name}-${work}-${link}-${hosts.length}.log`);
  const before = await readCounters(setting, last);
  const inBase = tool.place === 'base';
  const env = Object.entries(command.env ?? {}).map(([key, value]) => `${key}=${value}`);
  const argv = inBase ? fleet.inBase([...env, ...command.argv]) : command.argv;
  const measured = await measure(cgroup, {
    argv: ['nsenter', `--net=/proc/${network.pid}/ns/net`, ...argv],
    env: { ...plainEnvironment(), ...command.env },
    cwd: inBase ? '/' : projectOf(stage),
    log,
    signal: AbortSignal.any([signal, AbortSignal.timeout(mostMs)]),
  });
  // sshd sees the end of a connection a little later
  for (let tries = 0; !fleet.isIdle && tries < 100; tries++) await wait(50);
  const after = await readCounters(setting, last);
  const hostsCpu = after.hostsCpu - before.hostsCpu;
  const isRecorded = measured.exitCode === 0 && work !== 'w1' && work !== 'w5';
  const roundTrips = isRecorded ? tool.roundTrips?.(stage) : undefined;
  const problem = problemOf(measured.exitCode, work, log, setting);
  return {
    at: new Date().toISOString(),
    tool: tool.name,
    work,
    link,
    hosts: hosts.length,
    wall: round(measured.wall),
    controllerCpu: round(measured.cpu),
    hostsCpu: round(hostsCpu),
    peakMemoryMb: round(measured.peakMemoryMb),
    controllerProcesses: measured.processes,
    bytes: after.bytes - before.bytes,
    // asking started one
    hostProcesses: after.processes - before.processes - 1,
    ...(roundTrips !== undefined && { roundTrips }),
    otherCores: round(
      Math.max(0, after.machineCpu - before.machineCpu - measured.cpu - hostsCpu) / (after.at - before.at),
    ),
    ...(problem !== undefined && { problem }),
  };
}

interface Counters {
  /** In seconds. */
  readonly at: number;
  readonly hostsCpu: number;
  readonly machineCpu: number;
  readonly bytes: number;
  readonly processes: number;
}

async function readCounters({ fleet, network }: Setting, host: BenchHost): Promise<Counters> {
  return {
    processes: await fleet.processes(host),
    at: performance.now() / 1000,
    hostsCpu: fleet.cpuSeconds,
    machineCpu: machineCpuSeconds(),
    bytes: bytesOf(network),
  };
}

/** What has come in and gone out; on a loopback both are the same bytes. */
function bytesOf({ pid, device }: Setting['network']): number {
  const lines = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
    .split('\n')
    .map((line) => line.trim());
  const fields =
    lines
      .find((line) => line.startsWith(`${device}:`))
      ?.split(/[: ]+/)
      .map(Number) ?? [];
  const [received = 0, sent = 0] = [fields[1], fields[9]];
  return device === 'lo' ? received : received + sent;
}

function problemOf(
  exitCode: number | undefined,
  work: TimedWork,
  log: string,
  { stage, fleet, hosts }: Setting,
): string | undefined {
  if (exitCode !== 0) return `ended with ${exitCode ?? 'a signal'}: ${lastLine(log)}`;
  if (work === 'w5') return w5Problem(readFileSync(log, 'utf8'), hosts.length);
  for (const host of hosts) {
    const problem = checks[work]?.(fleet.tree(host), host, stage);
    if (problem !== undefined) return `${host.name}: ${problem}`;
  }
  return undefined;
}

/** What a tool said last. */
function lastLine(log: string): string {
  return sanitise(readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '').slice(0, 200);
}

type Check = (tree: string, host: BenchHost, stage: Stage) => string | undefined;

const checks: Readonly<Partial<Record<TimedWork, Check>>> = {
  'w2-first': w2Problem,
  'w2-second': w2Problem,
  w3: (tree, _, stage) => w3Problem(tree, stage.path('blob')),
  w4: w4Problem,
};

function plainEnvironment(): Readonly<Record<string, string>> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
