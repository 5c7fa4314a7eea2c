import { writeFileSync } from 'node:fs';

import { Lab } from '../lab/lab.ts';
import type { CaseResult } from './case-result.ts';
import { documentOf } from './document.ts';
import { installPrograms, makeGround } from './ground.ts';
import { figuresOf, liesOf, reasonsOf, tableOf } from './report.ts';
import { runRound } from './round.ts';
import { roundsOf } from './rounds.ts';

/*
 * `npm run fidelity`: does `run` do what `plan` says? For every module and many states of a host, on nodes of the lab. `--only
 * WORD` takes cases whose module, state or question holds the word, `--at-most N` about so many of all; `--keep` leaves the
 * nodes up, `--write FILE` writes the document. Exit code 1 when a plan was wrong.
 */

const [only] = valuesOf('--only');
const [atMost] = valuesOf('--at-most').map(Number);
const keep = process.argv.includes('--keep');

function valuesOf(flag: string): readonly string[] {
  return process.argv.slice(2).flatMap((word, i, words) => (words[i - 1] === flag ? [word] : []));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function countOf(rounds: ReturnType<typeof roundsOf>): number {
  return rounds.flatMap((round) => [...round.values()].flat()).length;
}

async function fidelity(lab: Lab): Promise<readonly CaseResult[]> {
  const rounds = roundsOf({ only, atMost });
  const hosts = new Set(rounds.flatMap((round) => [...round.keys()]));
  // What an earlier one has kept is no clean ground.
  await lab.down();
  for (const host of hosts) await lab.new(host, { base: 'forky', light: host.startsWith('h') });
  const ground = await makeGround(lab);
  const results: CaseResult[] = [];
  try {
    if (hosts.has('f1')) await ground.root('f1', installPrograms);
    for (const [i, round] of rounds.entries()) {
      const since = performance.now();
      const own = await runRound(round, ground).catch((error: unknown) => {
        say(`round ${i + 1} broke off: ${String(error)}`);
        process.exitCode = 1;
        return [];
      });
      results.push(...own);
      for (const line of liesOf(own)) say(line);
      const { headline } = figuresOf(own);
      say(`round ${i + 1} of ${rounds.length}: ${headline}; ${Math.round((performance.now() - since) / 1000)} s`);
    }
  } finally {
    ground.remove();
  }
  return results;
}

const lab = new Lab(process.env['LAB'] ?? 'fidelity');
try {
  const results = await fidelity(lab);
  const figures = figuresOf(results);
  for (const line of tableOf(figures)) say(line);
  for (const verdict of ['unknown', 'acting'] as const) {
    say(`\n${verdict}:`);
    for (const line of reasonsOf(results, verdict)) say(`  ${line}`);
  }
  const [file] = valuesOf('--write');
  if (file !== undefined) writeFileSync(file, documentOf(results, countOf(roundsOf({}))));
  say(`\n${figures.headline}`);
  if (figures.total.lies > 0) process.exitCode = 1;
} finally {
  if (!keep) await lab.down();
}
