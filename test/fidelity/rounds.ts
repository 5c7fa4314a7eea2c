import type { Case } from './case.ts';
import { accountCases } from './cases/accounts.ts';
import { commandCases } from './cases/commands.ts';
import { fileCases } from './cases/files.ts';
import { hostnameCases, machineCases } from './cases/machine.ts';
import { playCases } from './cases/plays.ts';
import { textCases } from './cases/texts.ts';
import { unitCases } from './cases/units.ts';
import type { Numbered } from './node-script.ts';
import type { Round } from './round.ts';

export interface Selection {
  /** Only cases of which a name holds this. */
  readonly only?: string | undefined;
  /** Of all that are left, about so many, spread evenly. */
  readonly atMost?: number | undefined;
}

/** Cases that do not get in each other's way, in the order in which they run. */
const generic: readonly Case[] = [
  ...playCases,
  ...accountCases,
  ...commandCases,
  ...unitCases,
  ...machineCases,
  ...fileCases,
  ...textCases,
];

const roundSize = 150;

/** All rounds; the numbers of cases are the same in every selection. */
export function roundsOf({ only = '', atMost = Infinity }: Selection): readonly Round[] {
  let count = 0;
  const number = (own: Case): Numbered => ({ id: String(++count).padStart(4, '0'), case: own });
  const all = generic
    .map(number)
    .filter(({ id, case: own }) => `${id} ${own.module} ${own.state} ${own.asks}`.includes(only));
  const every = Math.max(1, all.length / atMost);
  const chosen = all
    .filter((_, i) => i < playCases.length || Math.floor(i / every) !== Math.floor((i - 1) / every))
    // Whoever removes an account makes every other one uncertain.
    .toSorted((a, b) => Number(removesAccount(a.case)) - Number(removesAccount(b.case)));
  const rounds: Round[] = [];
  for (let i = 0; i < chosen.length; i += roundSize) rounds.push(new Map([['f1', chosen.slice(i, i + roundSize)]]));
  const names = hostnameCases.map((cases, i) => [`h${i + 1}`, cases.map(number)] as const);
  if ('hostname'.includes(only) && atMost === Infinity) rounds.push(new Map(names));
  return rounds;
}

function removesAccount({ tasks }: Case): boolean {
  return tasks.some(
    ({ module, args }) => (module === 'user' || module === 'group') && JSON.stringify(args).includes('absent'),
  );
}
