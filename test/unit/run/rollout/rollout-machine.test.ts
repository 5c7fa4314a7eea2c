import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  afterEvent,
  type HostOutcome,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutSpec,
  type RolloutState,
  startRollout,
} from '../../../../src/run/rollout/rollout-machine.ts';

const spec = (waves: readonly string[], more: Partial<RolloutSpec> = {}): RolloutSpec => ({
  waves: waves.map((wave) => wave.split('')),
  window: 10,
  budget: { of: 'fleet', hosts: 0 },
  gates: false,
  verifies: false,
  soakMs: 0,
  pauseAfter: [],
  takesBack: 'host',
  haltsHosts: false,
  ...more,
});

function inWords(command: RolloutCommand): string {
  switch (command.type) {
    case 'begin-wave':
      return `wave ${command.wave + 1}`;
    case 'run':
      return `run ${command.host}`;
    case 'ask-gate':
      return `gate ${command.hosts.join('')}`;
    case 'verify':
      return `verify ${command.hosts.join('')}`;
    case 'soak':
      return `soak ${command.ms}`;
    case 'wait-for-control':
      return 'wait';
    case 'halt-hosts':
      return 'halt';
    case 'take-back':
      return `back ${command.hosts.join('')}`;
    default: {
      const { goesOn, stopped } = command;
      if (stopped === undefined) return goesOn ? 'done' : 'stop';
      return `stop: ${stopped.why}, failed ${stopped.failed.join('')}, not started ${stopped.notStarted.join('')}`;
    }
  }
}

/** "a" ends well, "b!" fails, "d*" fatally, "c?" cannot be reached; "verified", "unverified b", "soaked", "back", "pause"... */
function eventOf(word: string): RolloutEvent {
  const outcomes: Readonly<Record<string, HostOutcome>> = {
    '': 'ok',
    '!': 'failed',
    '?': 'unreachable',
    '-': 'left-out',
    '*': 'fatal',
  };
  if (word === 'pause' || word === 'resume' || word === 'abort') return { type: 'control', action: word };
  if (word === 'soaked') return { type: 'soaked' };
  if (word === 'back') return { type: 'taken-back' };
  if (word.startsWith('gated')) return { type: 'gated', failed: word.slice('gated '.length).split('') };
  if (word.startsWith('verified')) return { type: 'verified', failed: word.slice('verified '.length).split('') };
  return { type: 'host-ended', host: word[0] ?? '', outcome: outcomes[word.slice(1)] ?? 'ok' };
}

/** The commands that come after each event, in words. */
function play(of: RolloutSpec, words: string): string[] {
  let { state, commands } = startRollout(of);
  const said = [commands.map(inWords).join(', ')];
  for (const word of words.split(', ').filter((one) => one !== '')) {
    ({ state, commands } = afterEvent(state, eventOf(word)));
    said.push(commands.map(inWords).join(', '));
  }
  return said;
}

describe('a rollout', () => {
  test.each<[title: string, of: RolloutSpec, events: string, commands: string[]]>([
    ['of no host is through', spec([]), '', ['done']],
    ['goes wave by wave', spec(['a', 'bc']), 'a, c, b', ['wave 1, run a', 'wave 2, run b, run c', '', 'done']],
    [
      'has no more hosts in flight than its window',
      spec(['abc'], { window: 2 }),
      'b, a, c',
      ['wave 1, run a, run b', 'run c', '', 'done'],
    ],
    [
      'stops when the budget is exceeded, and begins no host behind it',
      spec(['abcd'], { window: 2 }),
      'a!, b',
      ['wave 1, run a, run b', '', 'stop: budget, failed a, not started cd'],
    ],
    [
      'counts hosts that cannot be reached',
      spec(['ab', 'c'], { budget: { of: 'fleet', hosts: 1 } }),
      'a?, b!',
      ['wave 1, run a, run b', '', 'stop: budget, failed ab, not started c'],
    ],
    [
      'counts over all waves',
      spec(['ab', 'cd', 'e'], { budget: { of: 'fleet', hosts: 1 } }),
      'a!, b, c!, d',
      ['wave 1, run a, run b', '', 'wave 2, run c, run d', '', 'stop: budget, failed ac, not started e'],
    ],
    [
      'stops at a failure that is fatal, whatever the budget, and halts the others',
      spec(['abc'], { window: 2, budget: { of: 'fleet', percent: 100 } }),
      'a*, b',
      ['wave 1, run a, run b', 'halt', 'stop: budget, failed a, not started c'],
    ],
    ['does not mind hosts that are left out', spec(['a', 'b']), 'a-, b', ['wave 1, run a', 'wave 2, run b', 'done']],
    [
      'asks at the gate of each wave before a host begins',
      spec(['a', 'b'], { gates: true }),
      'gated, a, gated, b',
      ['wave 1, gate a', 'run a', 'wave 2, gate b', 'run b', 'done'],
    ],
    [
      'stops at a gate with nothing of the wave begun; with `run` the waves before it go back',
      spec(['ab', 'cde', 'f'], { gates: true, takesBack: 'run' }),
      'gated, a, b, gated d, back',
      ['wave 1, gate ab', 'run a, run b', '', 'wave 2, gate cde', 'back ba', 'stop: gate, failed d, not started cef'],
    ],
    [
      'pauses behind a gate, when that was asked for',
      spec(['a'], { gates: true }),
      'pause, gated, resume, a',
      ['wave 1, gate a', '', 'wait', 'run a', 'done'],
    ],
    [
      'verifies what went well, soaks, then goes on',
      spec(['ab', 'c'], { verifies: true, soakMs: 5, budget: { of: 'fleet', hosts: 1 } }),
      'a!, b, verified, soaked, c, verified',
      ['wave 1, run a, run b', '', 'verify b', 'soak 5', 'wave 2, run c', 'verify c', 'done'],
    ],
    [
      'takes back what fails in its verification',
      spec(['ab', 'c'], { verifies: true }),
      'a, b, verified b, back',
      ['wave 1, run a, run b', '', 'verify ab', 'back b', 'stop: verify, failed b, not started c'],
    ],
    [
      'takes the wave back, in reverse',
      spec(['a', 'bcd', 'e'], { takesBack: 'wave' }),
      'a, b, c!, d, back',
      ['wave 1, run a', 'wave 2, run b, run c, run d', '', '', 'back db', 'stop: budget, failed c, not started e'],
    ],
    [
      'takes all waves back, the last one first',
      spec(['a', 'bcd', 'e'], { takesBack: 'run' }),
      'a, b, c!, d, back',
      ['wave 1, run a', 'wave 2, run b, run c, run d', '', '', 'back dba', 'stop: budget, failed c, not started e'],
    ],
    [
      'halts hosts when any error is fatal',
      spec(['ab'], { haltsHosts: true }),
      'a!, b!',
      ['wave 1, run a, run b', 'halt', 'stop: budget, failed ab, not started '],
    ],
    [
      'is paused when the hosts in flight are through, and goes on where it was',
      spec(['abc', 'd'], { window: 2 }),
      'pause, a, b, resume, c, d',
      ['wave 1, run a, run b', '', '', 'wait', 'run c', 'wave 2, run d', 'done'],
    ],
    [
      'waits behind the waves that say so',
      spec(['a', 'b', 'c'], { pauseAfter: [1], soakMs: 5 }),
      'a, resume, soaked, b, soaked, c',
      ['wave 1, run a', 'wait', 'soak 5', 'wave 2, run b', 'soak 5', 'wave 3, run c', 'done'],
    ],
    [
      'that is paused while it verifies or soaks waits before it goes on',
      spec(['a', 'b'], { verifies: true, soakMs: 5 }),
      'a, pause, verified, resume, pause, soaked, resume, b',
      ['wave 1, run a', 'verify a', '', 'wait', 'soak 5', '', 'wait', 'wave 2, run b', 'verify b'],
    ],
    [
      'a pause that is taken back in time is none',
      spec(['a', 'b']),
      'pause, resume, a, b',
      ['wave 1, run a', '', '', 'wave 2, run b', 'done'],
    ],
    [
      'is aborted: hosts end what they are at, nobody begins',
      spec(['abc', 'd'], { window: 2 }),
      'abort, a, b',
      ['wave 1, run a, run b', 'halt', '', 'stop: abort, failed , not started cd'],
    ],
    [
      'is aborted in a pause',
      spec(['a', 'b'], { pauseAfter: [1] }),
      'a, abort',
      ['wave 1, run a', 'wait', 'halt, stop: abort, failed , not started b'],
    ],
    [
      'hears nothing any more when it is through',
      spec(['a']),
      'a, a!, abort, soaked',
      ['wave 1, run a', 'done', '', '', ''],
    ],
  ])('%s', (_title, of, events, commands) => {
    expect(play(of, events)).toEqual(commands);
  });
});

describe('budgets', () => {
  test.each<[title: string, budget: RolloutSpec['budget'], waves: string[], events: string, last: string]>([
    [
      '5 % of 10 hosts is exceeded by one',
      { of: 'fleet', percent: 5 },
      ['abcde', 'fghij'],
      'a!, b, c, d, e',
      'stop: budget, failed a, not started fghij',
    ],
    [
      '10 % of 10 hosts is not',
      { of: 'fleet', percent: 10 },
      ['abcde', 'fg', 'hij'],
      'a!, b, c, d, e',
      'wave 2, run f, run g',
    ],
    ['20 % of 6 hosts allows one', { of: 'fleet', percent: 20 }, ['abcde', 'f'], 'a!, b, c, d, e', 'wave 2, run f'],
    ['max_fail_percentage must be exceeded', { of: 'wave', percent: 50 }, ['ab', 'c'], 'a!, b', 'wave 2, run c'],
    ['and is', { of: 'wave', percent: 49 }, ['ab', 'c'], 'a!, b', 'stop: budget, failed a, not started c'],
    [
      'waves alone allow none',
      { of: 'play', hasWaves: true },
      ['ab', 'c'],
      'a!, b',
      'stop: budget, failed a, not started c',
    ],
    ['without waves the others go on', { of: 'play', hasWaves: false }, ['ab'], 'a!, b', 'done'],
    [
      'unless all have failed',
      { of: 'play', hasWaves: false },
      ['ab'],
      'a!, b?',
      'stop: budget, failed ab, not started ',
    ],
  ])('%s', (_title, budget, waves, events, last) => {
    expect(play(spec(waves, { budget }), events).at(-1)).toBe(last);
  });
});

/** A driver that obeys all commands, with whatever outcomes and interventions come up. */
function drive(
  of: RolloutSpec,
  outcomes: readonly HostOutcome[],
  interventions: readonly ('pause' | 'abort' | 'none')[],
) {
  let state: RolloutState = startRollout(of).state;
  const pending: RolloutCommand[] = [];
  const log: string[] = [];
  let step = 0;
  let flying = 0;
  let most = 0;
  const apply = ({ state: next, commands }: ReturnType<typeof startRollout>): void => {
    state = next;
    for (const command of commands) {
      log.push(inWords(command));
      if (command.type === 'run') most = Math.max(most, ++flying);
      pending.push(command);
    }
  };
  apply(startRollout(of));
  while (pending.length > 0) {
    const action = interventions[step % Math.max(1, interventions.length)] ?? 'none';
    if (action !== 'none') apply(afterEvent(state, { type: 'control', action }));
    const [command] = pending.splice(step % pending.length, 1);
    const outcome = outcomes[step % Math.max(1, outcomes.length)] ?? 'ok';
    step++;
    if (command?.type === 'run') {
      flying--;
      apply(afterEvent(state, { type: 'host-ended', host: command.host, outcome }));
    } else if (command?.type === 'verify') apply(afterEvent(state, { type: 'verified', failed: [] }));
    else if (command?.type === 'soak') apply(afterEvent(state, { type: 'soaked' }));
    else if (command?.type === 'take-back') apply(afterEvent(state, { type: 'taken-back' }));
    else if (command?.type === 'wait-for-control') apply(afterEvent(state, { type: 'control', action: 'resume' }));
    if (step > 10_000) throw new Error('it does not end');
  }
  return { log, most };
}

test('whatever happens, it ends once, begins no host twice, and keeps to its window', () => {
  const anySpec = fc
    .record({
      sizes: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
      window: fc.integer({ min: 1, max: 4 }),
      hosts: fc.integer({ min: 0, max: 4 }),
      verifies: fc.boolean(),
      soakMs: fc.constantFrom(0, 5),
      takesBack: fc.constantFrom('host' as const, 'wave' as const, 'run' as const),
      haltsHosts: fc.boolean(),
    })
    .map(({ sizes, hosts, ...more }) => {
      let next = 0;
      const waves = sizes.map((size) => Array.from({ length: size }, () => String.fromCodePoint(97 + next++)).join(''));
      return spec(waves, { ...more, budget: { of: 'fleet', hosts } });
    });
  const anyOutcomes = fc.array(fc.constantFrom<HostOutcome>('ok', 'ok', 'failed', 'unreachable', 'left-out'));
  const anyInterventions = fc.array(
    fc.constantFrom<'pause' | 'abort' | 'none'>('none', 'none', 'none', 'pause', 'abort'),
  );
  fc.assert(
    fc.property(anySpec, anyOutcomes, anyInterventions, (of, outcomes, interventions) => {
      const { log, most } = drive(of, outcomes, interventions);
      const begun = log.filter((line) => line.startsWith('run '));

      expect(log.filter((line) => line === 'done' || line.startsWith('stop'))).toHaveLength(1);
      expect(new Set(begun).size).toBe(begun.length);
      expect(most).toBeLessThanOrEqual(of.window);
    }),
  );
});
