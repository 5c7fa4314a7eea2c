import type { Tool } from './tools/tool.ts';
import { type Link, links as allLinks, type Work, works } from './work.ts';

/** What is to be measured. */
export interface Selection {
  /** Undefined: all tools, each as often and with as many hosts as it takes no hours for. Tools that are named do all that is asked. */
  readonly tools: readonly string[] | undefined;
  readonly works: readonly Work[];
  readonly hosts: readonly number[];
  readonly links: readonly Link[];
  readonly runs: number;
}

export const everything: Selection = {
  tools: undefined,
  works,
  hosts: [1, 10, 50, 100, 200],
  links: allLinks,
  runs: 5,
};

/** Under five minutes on a quiet machine with two cores: so Ansible without tuning is left out. */
export const quick: Selection = {
  tools: ['ssh', 'k3sbox', 'clush', 'pyinfra', 'mitogen', 'ansible-tuned'],
  works: ['w2'],
  hosts: [10],
  links: ['loopback'],
  runs: 1,
};

/** One work item on one number of hosts over one link. */
export interface Cell {
  readonly link: Link;
  readonly hosts: number;
  readonly work: Work;
}

export function cells({ links, hosts, works: selected }: Selection): readonly Cell[] {
  return links.flatMap((link) => hosts.flatMap((count) => selected.map((work) => ({ link, hosts: count, work }))));
}

/** With how many hosts each work item is done, whoever does it: 64 MiB each fill the memory in which the trees are. */
const mostHosts: Readonly<Partial<Record<Work, number>>> = { w3: 10, w4: 50 };
/** The far hosts that are measured: with more of them the figures say nothing else. */
const mostFarHosts = 10;

/** How often a tool is timed in a cell; 0 is not at all. */
export function runsOf(tool: Tool, { link, hosts, work }: Cell, { tools, runs }: Selection): number {
  if (tool.commands[work] === undefined) return 0;
  if (tools !== undefined) return tools.includes(tool.name) ? runs : 0;
  // there, one run of W3 takes minutes, and other work items say nothing new
  if (link === '40mbit') return work === 'w3' && hosts === mostHosts.w3 && tool.mostRuns === undefined ? 1 : 0;
  const isFar = link === '50ms';
  const isSlowWork = work === 'w3' || work === 'w4';
  if (isFar && (hosts > mostFarHosts || (tool.mostRuns !== undefined && isSlowWork))) return 0;
  const most = Math.min(tool.mostHosts?.[work] ?? Infinity, mostHosts[work] ?? Infinity);
  return hosts > most ? 0 : Math.min(runs, tool.mostRuns ?? Infinity);
}
