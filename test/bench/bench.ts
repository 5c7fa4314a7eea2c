import { Command, Option } from 'commander';

import { buildCli } from '../helpers/built-cli.ts';
import { benchHosts } from './bench-host.ts';
import { Cgroup } from './cgroup.ts';
import { buildBase } from './fleet/base.ts';
import { Fleet } from './fleet/fleet.ts';
import { appendResult, type Result } from './results.ts';
import { Stage } from './stage.ts';
import { k3sboxTool } from './tools/k3sbox.ts';
import { ssh } from './tools/ssh.ts';
import type { Tool } from './tools/tool.ts';
import { type Setting, tryTool } from './trial.ts';
import { timed, type Work, works } from './work.ts';

interface Options {
  readonly tool: readonly string[];
  readonly work: readonly Work[];
  readonly hosts: readonly number[];
  readonly runs: number;
  readonly k3sbox?: string;
  readonly results?: string;
}

const list = (text: string): readonly string[] => text.split(',');
const numbers = (text: string): readonly number[] => list(text).map(Number);

const options = new Command('bench')
  .description('Measures k3sbox and others with the same work on the same hosts of this machine.')
  .addOption(new Option('--tool <names>', 'which tools').argParser(list).default(['k3sbox', 'ssh']))
  .addOption(new Option('--work <items>', 'which work items').argParser(list).default(works))
  .addOption(new Option('--hosts <counts>', 'on how many hosts').argParser(numbers).default([10]))
  .addOption(new Option('--runs <n>', 'how often').argParser(Number).default(3))
  .option('--k3sbox <main.js>', 'a built k3sbox to measure; without it, this source is built')
  .option('--results <file>', 'append every run there, as JSON lines')
  .parse()
  .opts<Options>();

const say = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  if (process.getuid?.() !== 0) {
    say('bench: needs root, for the namespaces of the hosts');
    return 1;
  }
  Cgroup.sweep();
  const base = await buildBase(say);
  const cli = options.k3sbox === undefined ? buildCli() : undefined;
  const tools = [k3sboxTool(cli?.argv ?? [process.execPath, options.k3sbox ?? '']), ssh].filter(({ name }) =>
    options.tool.includes(name),
  );
  const hosts = benchHosts(Math.max(...options.hosts));
  const stage = await Stage.set(hosts);
  const cgroup = new Cgroup('controller');
  let fleet: Fleet | undefined;
  try {
    fleet = await Fleet.start(base, stage.folder, hosts);
    const network = { pid: fleet.pid, device: 'lo' };
    for (const count of options.hosts) {
      const setting: Setting = { stage, fleet, cgroup, hosts: hosts.slice(0, count), link: 'loopback', network };
      for (const work of options.work) await series(tools, work, setting);
    }
  } finally {
    await fleet?.stop();
    cgroup.remove();
    stage.remove();
    cli?.remove();
  }
  return 0;
}

/** Tools take turns run by run, so that what else happens on this machine meets all of them. */
async function series(tools: readonly Tool[], work: Work, setting: Setting): Promise<void> {
  for (let run = 1; run <= options.runs; run++) {
    for (const tool of tools) {
      const command = tool.command(work, setting.stage, setting.hosts);
      if (command === undefined) continue;
      setting.fleet.reset(setting.hosts);
      for (const timedWork of timed(work)) {
        const result = await tryTool(tool, command, timedWork, setting);
        if (options.results !== undefined) appendResult(options.results, result);
        say(line(result));
      }
    }
  }
}

function line(result: Result): string {
  const { tool, work, link, hosts, wall, controllerCpu, hostsCpu, peakMemoryMb, problem } = result;
  const figures = `${wall.toFixed(2)} s, CPU ${controllerCpu.toFixed(2)} s + ${hostsCpu.toFixed(2)} s on hosts, ${peakMemoryMb.toFixed(0)} MB`;
  const counts = `${(result.bytes / 1024 / hosts).toFixed(0)} KiB and ${result.hostProcesses} processes a host`;
  const trips = result.roundTrips === undefined ? '' : `, ${result.roundTrips} round trips`;
  const other = `, ${result.otherCores.toFixed(1)} cores for others`;
  const bad = problem === undefined ? '' : `  WRONG: ${problem}`;
  return `${tool.padEnd(16)} ${work.padEnd(9)} ${link} ${String(hosts).padStart(3)}  ${figures}, ${counts}${trips}${other}${bad}`;
}
