import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { Command, Option } from 'commander';

import { buildCli } from '../helpers/built-cli.ts';
import { Lab } from '../lab/lab.ts';
import { run } from '../lab/run.ts';
import { whyMissing, whyNoBuild, whyNoLab } from '../lab/machine.ts';
import { type Case, tryCase, type Turns } from './case.ts';
import { faults } from './catalogue.ts';
import { type JournalledStep, Lane } from './lane.ts';
import { casesOf, continuations, nameOf, phases, type Selection, spread } from './matrix.ts';
import { readResults, type Results, stepTable, table, type Tried, writeResults } from './report.ts';
import { buildTripwire } from './tripwire.ts';

/*
 * `npm run faults`: has every fault happen at every point of a play, goes on by `resume` and by `rollback`, and looks for what
 * was lost. What is tried, and how, is in docs/faults.md.
 */

interface Options extends Selection {
  readonly lanes: string;
  readonly atWork: string;
  readonly json?: string;
  readonly again?: true;
}

const options = new Command('faults')
  .description('Tries every fault at every step of a play on lab nodes; exit code 0 only when nothing was lost.')
  .option('--quick', 'a subset with every fault and each way to go on, in some four minutes on two cores')
  .option('--smoke', 'one case of every fault, for each change of the code')
  .addOption(new Option('--only <fault...>', 'only these faults').choices(faults.map(({ name }) => name)))
  .option('--step <number...>', 'only at these steps; --step 0 lists them')
  .addOption(new Option('--phase <phase...>', 'only at these points').choices(phases))
  .addOption(new Option('--continue <how...>', 'only go on so').choices(continuations))
  .option('--lanes <count>', 'cases tried side by side', '12')
  .option('--at-work <count>', 'cases that work at the same time; those that wait for a keepalive do not count', '5')
  .option('--json <file>', 'write all results there, after every case')
  .option('--again', 'go on with what that file has: its losses and what is not in it, until it has everything')
  .parse()
  .opts<Options>();

/** Labs and folders of this program have its process id in their names. */
const own = 'faultspid';
const scratch = '/var/tmp';

const atWork = Math.max(1, Number(options.atWork));

process.exitCode = await main();

async function main(): Promise<number> {
  const isFileMissing = options.again === true && options.json === undefined;
  const why = isFileMissing ? '--again needs --json' : (whyNoLab() ?? whyNoBuild() ?? whyMissing('faults'));
  if (why !== undefined) {
    process.stderr.write(`faults: cannot be tried here: ${why}\n`);
    return 1;
  }
  const begun = performance.now();
  // Ctrl-C: what was made is removed, also what is on this machine.
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const lab = new Lab(`${own}${process.pid}`);
  const cli = await buildCli();
  await sweep();
  const folder = join(scratch, `${own}${process.pid}`);
  mkdirSync(folder);
  const lanes: Lane[] = [];
  try {
    const tripwire = await buildTripwire(folder);
    const count = Math.max(1, Number(options.lanes));
    for (let number = 1; number <= count; number++) {
      lanes.push(new Lane({ lab, number, k3sbox: cli.argv, folder, tripwire }));
    }
    const steps = await ready(lanes[0]);
    if (options.step?.includes('0') === true) {
      process.stdout.write(`${stepTable(steps)}\n`);
      return 0;
    }
    const wanted = casesOf(steps, options);
    const { cases, earlier } = split(wanted, casesOf(steps, {}));
    const results = (tried: readonly Tried[]): Results => ({
      tried: [...earlier.tried, ...tried],
      seconds: earlier.seconds + (performance.now() - begun) / 1000,
    });
    const note = (tried: readonly Tried[]): void => {
      if (options.json !== undefined) writeResults(options.json, results(tried), steps);
    };
    return report(results(await tryAll(cases, { lanes, tripwire, signal: stopping.signal, note })), steps);
  } finally {
    await lab.down();
    for (const lane of lanes) await lane.remove();
    rmSync(folder, { recursive: true, force: true });
    cli.remove();
  }
}

function isLeft(name: string): boolean {
  return name.startsWith(own) && !existsSync(`/proc/${name.slice(own.length)}`);
}

/** Removes what an earlier one has left that was killed. */
async function sweep(): Promise<void> {
  for (const left of Lab.all().filter(({ name }) => isLeft(name))) await left.down();
  for (const name of readdirSync(scratch).filter(isLeft)) {
    for (const inner of readdirSync(join(scratch, name))) await run(['umount', '-l', join(scratch, name, inner)]);
    rmSync(join(scratch, name), { recursive: true });
  }
}

/** @returns what the undisturbed run does: the same in every lane */
async function ready(lane: Lane | undefined): Promise<readonly JournalledStep[]> {
  await lane?.make();
  return (await lane?.rehearse()) ?? [];
}

/** @returns the cases that are to be tried, and what else the file has */
function split(wanted: readonly Case[], all: readonly Case[]): { cases: readonly Case[]; earlier: Results } {
  if (options.json === undefined || options.again === undefined) {
    return { cases: wanted, earlier: { tried: [], seconds: 0 } };
  }
  const { tried, seconds } = readResults(options.json, all);
  const survived = new Set(tried.filter(({ outcome }) => outcome.survived).map(({ one }) => nameOf(one)));
  const cases = wanted.filter((one) => !survived.has(nameOf(one)));
  const names = new Set(cases.map(nameOf));
  return { cases, earlier: { tried: tried.filter(({ one }) => !names.has(nameOf(one))), seconds } };
}

interface Trial {
  readonly lanes: readonly Lane[];
  readonly tripwire: string;
  readonly signal: AbortSignal;
  /** Called with all that was tried, after every case. */
  readonly note: (tried: readonly Tried[]) => void;
}

/** In most lanes cases that wait long come first; else those of all kinds by turns. */
async function tryAll(cases: readonly Case[], { lanes, tripwire, signal, note }: Trial): Promise<readonly Tried[]> {
  const slow = spread(cases.filter(({ fault }) => fault.slow));
  const quick = spread(cases.filter(({ fault }) => !fault.slow));
  const turns = turnsOf(atWork);
  const tried: Tried[] = [];
  const work = async (lane: Lane, i: number): Promise<void> => {
    // The first lane is ready. The others are when they are needed.
    for (let isReady = i === 0; ; isReady = true) {
      const one = i > 1 ? (slow.shift() ?? quick.shift()) : (quick.shift() ?? slow.shift());
      if (one === undefined || signal.aborted) return;
      if (!isReady) await inTurn(turns, () => ready(lane));
      const outcome = await tryCase(lane, tripwire, one, turns);
      tried.push({ one, outcome });
      note(tried);
      process.stdout.write(
        `${tried.length}/${cases.length}  ${outcome.survived ? 'survived' : 'LOST    '}  ${outcome.seconds.toFixed(0).padStart(3)} s  ${nameOf(one)}  (${outcome.held})\n`,
      );
      if (!outcome.survived) {
        process.stdout.write(`${outcome.problems.join('\n').trim().replaceAll(/^/gm, '    ')}\n`);
        await lane.make();
      }
    }
  };
  await Promise.all(lanes.map(work));
  return tried;
}

async function inTurn(turns: Turns, work: () => Promise<unknown>): Promise<void> {
  const give = await turns.take();
  try {
    await work();
  } finally {
    give();
  }
}

function turnsOf(count: number): Turns {
  let free = count;
  const waiting: (() => void)[] = [];
  const give = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return {
    take: async () => {
      if (free > 0) free--;
      else await new Promise<void>((done) => waiting.push(done));
      let isGiven = false;
      return () => {
        if (!isGiven) give();
        isGiven = true;
      };
    },
  };
}

function report({ tried, seconds }: Results, steps: readonly JournalledStep[]): number {
  const lost = tried.filter(({ outcome }) => !outcome.survived);
  process.stdout.write(`\n${table(tried)}\n`);
  if (lost.length > 0) process.stdout.write('\nLost; each is repeated with npm run faults -- and these words:\n');
  for (const { one } of lost) process.stdout.write(`  ${nameOf(one)}\n`);
  process.stdout.write(
    `\n${steps.length} steps, ${Math.round(seconds)} s; tried ${tried.length}, survived ${tried.length - lost.length}\n`,
  );
  return lost.length === 0 ? 0 : 1;
}
