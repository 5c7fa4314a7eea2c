import { resolve } from 'node:path';

import { buildCli } from '../helpers/built-cli.ts';
import { whyMissing } from '../lab/machine.ts';
import { benchHosts } from './bench-host.ts';
import { Cgroup } from './cgroup.ts';
import { buildBase } from './fleet/base.ts';
import { Fleet } from './fleet/fleet.ts';
import { goalLines, resultLine } from './lines.ts';
import { DelayedLink } from './link/delayed-link.ts';
import { readOptions, selectedBy } from './options.ts';
import { appendResult, type Result } from './results.ts';
import { type Cell, cells, runsOf, type Selection } from './selection.ts';
import { Stage } from './stage.ts';
import { summarise } from './statistics.ts';
import { toolsIn } from './tools/index.ts';
import type { Tool } from './tools/tool.ts';
import { type Setting, tryTool } from './trial.ts';
import { type Link, timed } from './work.ts';
import { writePage } from './write-page.ts';

/** Hosts that are connected in one way, and the links that are measured with them. */
interface Wiring {
  readonly links: readonly Link[];
  readonly rate?: string;
}

const wirings: readonly Wiring[] = [{ links: ['loopback', '50ms'] }, { links: ['40mbit'], rate: '40mbit' }];
const rttMs = 50;
const options = readOptions();

const say = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = options.page === true ? await writePage(options.results) : await measureAll(selectedBy(options));

async function measureAll(selection: Selection): Promise<number> {
  const why = process.getuid?.() === 0 ? whyMissing('bench') : 'the namespaces of the hosts need root';
  if (why !== undefined) {
    say(`bench: cannot be measured here: ${why}`);
    return 1;
  }
  // Ctrl-C: what was made is removed
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  await Cgroup.sweep();
  Stage.sweep();
  const base = await buildBase(say);
  const cli = options.k3sbox === undefined ? await buildCli() : undefined;
  const { present, absent } = toolsIn(base, cli?.argv ?? [process.execPath, resolve(options.k3sbox ?? '')]);
  for (const { name, why: reason } of absent) say(`${name}: not installed: ${reason}`);
  const hosts = benchHosts(Math.max(...selection.hosts));
  const stage = await Stage.set(hosts);
  const cgroup = Cgroup.make('controller');
  const bench: Bench = { stage, cgroup, base, hosts, tools: present, selection, signal: stopping.signal };
  const results: Result[] = [];
  try {
    for (const wiring of wirings) results.push(...(await measureFleet(bench, wiring)));
  } finally {
    await cgroup.remove();
    stage.remove();
    cli?.remove();
  }
  for (const line of goalLines(summarise(results))) say(line);
  return stopping.signal.aborted ? 130 : 0;
}

interface Bench extends Pick<Setting, 'stage' | 'cgroup' | 'hosts' | 'signal'> {
  readonly base: string;
  readonly tools: readonly Tool[];
  readonly selection: Selection;
}

async function measureFleet(bench: Bench, { links, rate }: Wiring): Promise<readonly Result[]> {
  const { stage, base, hosts, selection, signal } = bench;
  const results: Result[] = [];
  const wanted = cells(selection).filter(({ link }) => links.includes(link));
  if (!wanted.some((cell) => bench.tools.some((tool) => runsOf(tool, cell, selection) > 0))) return results;
  const most = Math.max(...wanted.map((cell) => cell.hosts));
  const fleet = await Fleet.start(base, stage.folder, hosts.slice(0, most), rate);
  let far: DelayedLink | undefined;
  try {
    far = wanted.some(({ link }) => link === '50ms')
      ? await DelayedLink.start(stage.folder, fleet.pid, rttMs)
      : undefined;
    for (const cell of wanted) {
      const near = { pid: fleet.pid, device: rate === undefined ? 'lo' : 'lines' };
      const network = cell.link === '50ms' && far !== undefined ? far.network : near;
      const own = hosts.slice(0, cell.hosts);
      const setting: Setting = { ...bench, fleet, hosts: own, link: cell.link, network, signal };
      results.push(...(await measureCell(bench.tools, cell, setting, selection)));
    }
  } finally {
    await far?.stop();
    await fleet.stop();
  }
  return results;
}

/** Tools take turns run by run, so that what else happens on this machine meets all of them. */
async function measureCell(
  tools: readonly Tool[],
  cell: Cell,
  setting: Setting,
  selection: Selection,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let run = 1; run <= selection.runs; run++) {
    for (const tool of tools.filter((one) => run <= runsOf(one, cell, selection))) {
      const command = tool.commands[cell.work]?.(setting.stage, setting.hosts);
      if (command === undefined || setting.signal.aborted) continue;
      setting.fleet.reset(setting.hosts);
      for (const work of timed(cell.work)) {
        const result = await tryTool(tool, command, work, setting);
        if (setting.signal.aborted) break;
        results.push(result);
        appendResult(options.results, result);
        say(resultLine(result));
      }
    }
  }
  return results;
}
