import { type Goal, goals, verdict } from './goals.ts';
import type { SimulatedResult } from './results.ts';
import { find, type Summary } from './statistics.ts';
import type { Tool } from './tools/tool.ts';
import { links, linkTitles, shortTitles, timedWorks, workTitles } from './work.ts';

/** What the page is made from. */
export interface PageInput {
  readonly summaries: readonly Summary[];
  readonly simulated: readonly SimulatedResult[];
  /** In the order in which they are shown; the floor is the first. */
  readonly tools: readonly Pick<Tool, 'name' | 'title'>[];
  /** Those that are not there, and why. */
  readonly absent: readonly { readonly name: string; readonly why: string }[];
  readonly days: readonly string[];
  readonly machine: string;
  /** Cores that other work had during a run: the median and the most. */
  readonly load: { readonly median: number; readonly most: number };
  /** What the tools are: "OpenSSH 10.0p2". */
  readonly versions: readonly string[];
}

const floor = 'ssh';

/** docs/benchmarks.md as a whole. */
export function page(input: PageInput): string {
  const parts = [
    head(input),
    goalTable(input.summaries),
    atAGlance(input),
    howToRead(),
    ...tables(input),
    simulatedFleet(input.simulated),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function head({ days, machine, load, versions, absent, tools }: PageInput): string {
  const when = days.length > 1 ? `from ${days[0]} to ${days.at(-1)}` : `on ${days[0] ?? 'no day yet'}`;
  return [
    '<!-- Made by `npm run bench -- --page` from measured runs. Do not edit. -->',
    '# Benchmarks',
    `The same work on the same hosts with k3sbox and with others. Measured ${when} by \`npm run bench\` on one machine, hosts included: ${machine}. Other work on it had ${load.median.toFixed(1)} cores in the median run, and ${load.most.toFixed(1)} in the worst.`,
    ...tools.map(({ name, title }) => `- \`${name}\`: ${title}`),
    ...absent.map(({ name, why }) => `- \`${name}\`: **not installed**: ${why}`),
    `Versions: ${versions.join(', ')}.`,
  ]
    .join('\n\n')
    .replaceAll('\n\n- ', '\n- ')
    .replace('\n- ', '\n\n- ');
}

function goalTable(summaries: readonly Summary[]): string {
  const rows = goals.map((goal) => {
    const figure = goal.figure(summaries);
    return [goal.what, asked(goal), figure === undefined ? '-' : withUnit(figure, goal), verdict(goal, figure)];
  });
  return `## Goals\n\n${table(['goal', 'asked', 'measured', ''], rows)}`;
}

function asked(goal: Goal): string {
  return 'atMost' in goal.bound ? `≤ ${goal.bound.atMost} ${goal.unit}` : `≥ ${goal.bound.atLeast} ${goal.unit}`;
}

function withUnit(figure: number, { unit }: Goal): string {
  return `${figure.toFixed(figure < 10 ? 2 : 1)} ${unit}`;
}

/** With ten hosts, which all tools are measured with. */
const glanceHosts = 10;

function atAGlance({ summaries, tools }: PageInput): string {
  const columns = timedWorks
    .flatMap((work) => links.map((link) => ({ work, link })))
    .filter(({ work, link }) => link !== '40mbit' || work === 'w3');
  const rows = tools.map(({ name }) => [
    `\`${name}\``,
    ...columns.map(({ work, link }) => {
      const [own, base] = [name, floor].map((tool) => find(summaries, { tool, work, link, hosts: glanceHosts }));
      return own === undefined || base === undefined ? '-' : (own.wall / base.wall).toFixed(2);
    }),
  ]);
  const titles = columns.map(
    ({ work, link }) => `${shortTitles[work]}${link === 'loopback' ? '' : `, ${linkTitles[link]}`}`,
  );
  const title = `## At a glance\n\nWall time with ${glanceHosts} hosts as a multiple of the floor's.`;
  return `${title}\n\n${table(['', ...titles], rows)}`;
}

function howToRead(): string {
  return `## How to read this

- **The floor** (\`${floor}\`) is what a person writes by hand: W1 \`ssh HOST true\`, W2 one script over one \`ssh HOST sh -s\`, W3 \`scp\`, W4 \`tar\` through
  \`ssh\`, W5 a script; a process for each host, all at once. It keeps no journal, has no way back, and shows nothing before it acts.
- **W2** is 5 folders, 5 files, 4 templates, 2 lines, 2 commands with \`creates\`, a \`stat\` and a link that depends on it (\`test/bench/work-items/\`). All
  tools start without an open connection, in the second run, too, and work on all hosts at once (but Ansible as it comes: five).
- **Hosts** are sshds of Debian 13 with its own \`sshd_config\`, each with mounts and processes of its own. What they may write to is a tmpfs, where syncing costs
  nothing; k3sbox's journal is in /tmp of the machine. _50 ms_ is a link on which each packet waits 25 ms each way: real TCP with real handshakes. _40 Mbit/s_: each
  host is in a network of its own behind a line of that rate each way, and the controller sends at that rate.
- **Wall time** is the median of the runs, with the lowest and the highest; × is the ratio to the floor. Tools take turns run by run. Controller and hosts share
  the processor: from some ten hosts on, wall time on loopback is mostly the hosts' processor time, which a real fleet has on as many machines. Then
  the **controller's CPU** time is what grows with the fleet.
- **Memory** is the peak of all processes of the tool, pages that several share counted once (also those that they share with the hosts, which have the same base). **Bytes** are on the wire, both ways, headers included.
  **Processes** are all that a host has started for it, sshd's included (threads, too). **Round trips** are those after the connection is there, as k3sbox counts them.
- Every run is checked: all trees are compared with what the work item asks for. Runs in which something is missing are named and count for nothing.
- Where a tool has no row, it was not tried with so many hosts: it would take many minutes.`;
}

function tables({ summaries, tools }: PageInput): readonly string[] {
  return timedWorks.flatMap((work) =>
    links.flatMap((link) => {
      const own = summaries.filter((summary) => summary.work === work && summary.link === link);
      if (own.length === 0) return [];
      const counts = [...new Set(own.map(({ hosts }) => hosts))].toSorted((a, b) => a - b);
      const rows = counts.flatMap((hosts) =>
        tools.flatMap(({ name }) => own.filter((one) => one.tool === name && one.hosts === hosts)),
      );
      const problems = own.flatMap(({ tool, hosts, problems: all }) =>
        all.map((problem) => `- \`${tool}\` with ${hosts} hosts: ${problem}`),
      );
      const title = `## ${workTitles[work]}, ${linkTitles[link]}${link === '50ms' ? ' round trip' : ''}`;
      const body = table(
        headers,
        rows.filter(({ runs }) => runs > 0).map((row) => cellsOf(row, summaries)),
      );
      return [
        [title, body, ...(problems.length > 0 ? [`Runs that do not count:\n\n${problems.join('\n')}`] : [])].join(
          '\n\n',
        ),
      ];
    }),
  );
}

const headers = [
  'hosts',
  'tool',
  'runs',
  'wall s',
  '×',
  'controller CPU s',
  'hosts CPU s',
  'memory MB',
  'KiB a host',
  'processes a host',
  'round trips',
];

function cellsOf(row: Summary, summaries: readonly Summary[]): readonly string[] {
  const base = find(summaries, { ...row, tool: floor });
  const range = row.runs > 1 ? ` (${row.wallMin.toFixed(2)}–${row.wallMax.toFixed(2)})` : '';
  return [
    String(row.hosts),
    row.tool,
    String(row.runs),
    `${row.wall.toFixed(2)}${range}`,
    base === undefined ? '-' : (row.wall / base.wall).toFixed(2),
    row.controllerCpu.toFixed(2),
    row.hostsCpu.toFixed(2),
    row.peakMemoryMb.toFixed(0),
    (row.bytes / 1024 / row.hosts).toFixed(0),
    row.hostProcesses.toFixed(0),
    row.roundTrips === undefined ? '-' : String(row.roundTrips),
  ];
}

function simulatedFleet(simulated: readonly SimulatedResult[]): string {
  const title =
    '## A simulated fleet\n\nOne process that speaks SSH and our frames stands for all hosts (`npm run bench:fleet`).';
  if (simulated.length === 0) return `${title} Not measured.`;
  const rows = simulated.map((one) =>
    [
      one.hosts,
      one.tasksPerHost,
      one.forks,
      one.seconds,
      one.cpuMsPerHost,
      one.rssMiB,
      one.right ? 'yes' : '**no**',
    ].map(String),
  );
  const columns = ['hosts', 'tasks a host', 'forks', 'wall s', 'controller CPU ms a host', 'memory MiB', 'all done'];
  return `${title}\n\n${table(columns, rows)}`;
}

/** Markdown; the first two columns are words as far as they are not numbers. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumeric = (i: number): boolean => rows.length > 0 && rows.every((row) => /^[-\d<>≤≥]/.test(row[i] ?? ''));
  const rule = columns.map((_, i) => (isNumeric(i) ? '--:' : '---'));
  return [columns, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
