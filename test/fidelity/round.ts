import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { EndedCli } from '../helpers/built-cli.ts';
import { type CaseResult, type Looks, resultOf } from './case-result.ts';
import { lookScript, type Numbered, parseLook, prepareScript } from './node-script.ts';
import { plan, run } from './outputs.ts';
import { playOf, type Web } from './playbook.ts';

/** What a round needs of the world. */
export interface Ground {
  /** Where k3sbox is started: holds `hosts.yaml` and what the playbooks name. */
  readonly cwd: string;
  readonly web: Web;
  readonly k3sbox: (...words: readonly string[]) => Promise<EndedCli>;
  /** What a script prints that root runs on a node. */
  readonly root: (node: string, script: string) => Promise<{ readonly stdout: string; readonly stderr: string }>;
}

/** Cases that are prepared, planned and run together, by the node that they are on. */
export type Round = ReadonlyMap<string, readonly Numbered[]>;

/** A failure makes k3sbox plan the rest of a play anew: plays stay short. */
const casesOfPlay = 40;

/**
 * Makes the states, plans, checks, runs, plans again, takes the run back and plans once more; then compares what was said
 * with what was done, with the nodes themselves as witnesses.
 */
export async function runRound(round: Round, ground: Ground): Promise<readonly CaseResult[]> {
  const { k3sbox, cwd, web, root } = ground;
  const plays = [...round].flatMap(([host, cases]) => chunks(cases).map((some) => playOf(host, some, web)));
  writeFileSync(join(cwd, 'play.yaml'), `${JSON.stringify(plays, undefined, 1)}\n`);
  await prepare(round, ground);
  const before = await look(round, ground);
  const first = await plan(k3sbox);
  const checked = await run(k3sbox, '--check');
  const untouched = await look(round, ground);
  const ran = await run(k3sbox);
  const after = await look(round, ground);
  const second = await plan(k3sbox);
  const rollback = await k3sbox('rollback', '--last');
  // What could not be taken back keeps its host locked: the next round is to begin all the same.
  if (rollback.exitCode !== 0) for (const host of round.keys()) await root(host, 'rm -rf /var/lib/k3sbox/lock');
  const back = await look(round, ground);
  const third = await plan(k3sbox);
  const seen = { before, first, checked, untouched, ran, after, second, rollback, back, third };
  return [...round].flatMap(([host, cases]) => cases.map((numbered) => resultOf(numbered, host, seen)));
}

async function prepare(round: Round, { root }: Ground): Promise<void> {
  for (const [host, cases] of round) {
    const { stderr } = await root(host, prepareScript(cases));
    if (stderr.includes('could not be made')) throw new Error(`${host}: ${stderr}`);
  }
}

async function look(round: Round, { root }: Ground): Promise<Looks> {
  const texts = await Promise.all(
    [...round].map(async ([host, cases]) => (await root(host, lookScript(cases))).stdout),
  );
  return parseLook(texts.join(''));
}

function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.length === 0 ? [] : [items.slice(0, casesOfPlay), ...chunks(items.slice(casesOfPlay))];
}
