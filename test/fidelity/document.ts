import { cpus, release } from 'node:os';

import { figuresOf, liesOf, reasonsOf, tableOf } from './report.ts';
import type { CaseResult } from './case-result.ts';

/** docs/fidelity.md, from what was measured just now. */
export function documentOf(results: readonly CaseResult[], all: number): string {
  const figures = figuresOf(results);
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, Linux ${release()}`;
  return [
    '# Does a run do what the plan says?',
    '',
    `**${figures.headline}.**`,
    '',
    `Measured on ${day} by \`npm run fidelity\` on nodes of the lab (Debian 14; ${machine}). Each case is one state of a host and one way to`,
    'ask a module for something; "(plays)" are tasks that build on each other. A shell script makes the state, not k3sbox. Then:',
    '',
    '1. `k3sbox plan` and `k3sbox run --check`: both say the same, and nothing on the node is another than before.',
    '2. `k3sbox run`: _none_ in the plan is _ok_ in the run, and the node is as it was; _change_ is _changed_, with the same steps and the',
    '   same diffs, and the node is another; "would fail as things are now" fails, with the same words.',
    '3. `k3sbox plan` again: nothing is left to do.',
    '4. `k3sbox rollback`: the node is as it was, and a plan says the same as the first one.',
    '',
    'A case is _right_ when all of that holds. It is _marked unknown_ when the plan said that it is known after apply, and _failed in the',
    'act_ when the plan was right about what is done, but a command, a download or a check of the new file failed, which nobody sees',
    'beforehand. Anything else is wrong, and a bug.',
    '',
    `${results.length === all ? 'All' : `A sample: ${results.length}`} of ${all} cases. The modules of K3s, Kubernetes and Sysbox are not among them: their tests are in \`test/unit/modules\` and \`test/e2e-lab/sysbox.test.ts\`.`,
    '',
    ...tableOf(figures),
    '',
    '## What is wrong',
    '',
    ...list(liesOf(results).filter((line) => !line.startsWith(' '))),
    '',
    '## What the plan marks as unknown',
    '',
    ...list(reasonsOf(results, 'unknown')),
    '',
    '## What only fails in the act',
    '',
    ...list(reasonsOf(results, 'acting')),
    '',
  ].join('\n');
}

function list(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['None.'] : lines.map((line) => `- ${line.replaceAll(/\s+/g, ' ')}`);
}
