import { find, type Summary } from './statistics.ts';
import type { Link, TimedWork } from './work.ts';

/** What k3sbox is to reach. */
export interface Goal {
  readonly what: string;
  readonly unit: 'x' | 'ms' | 'MB';
  /** The measured figure must not be over it, or not under it. */
  readonly bound: { readonly atMost: number } | { readonly atLeast: number };
  /** Undefined when what it needs was not measured. */
  readonly figure: (summaries: readonly Summary[]) => number | undefined;
}

export type Verdict = 'met' | 'missed' | 'not measured';

/** Wall times: k3sbox against another, or another against k3sbox. */
function ratio(over: string, under: string, work: TimedWork, hosts: number, link: Link = 'loopback'): Goal['figure'] {
  return (summaries) => {
    const [a, b] = [over, under].map((tool) => find(summaries, { tool, work, link, hosts }));
    return a === undefined || b === undefined ? undefined : a.wall / b.wall;
  };
}

const floor = 'ssh';

export const goals: readonly Goal[] = [
  {
    what: 'W2 first run, 100 hosts, loopback: wall time against the floor',
    unit: 'x',
    bound: { atMost: 1.1 },
    figure: ratio('k3sbox', floor, 'w2-first', 100),
  },
  {
    what: 'W2 second run, 100 hosts, loopback: wall time against the floor',
    unit: 'x',
    bound: { atMost: 0.75 },
    figure: ratio('k3sbox', floor, 'w2-second', 100),
  },
  {
    what: 'W2 first run, 10 hosts, 50 ms: wall time against the floor',
    unit: 'x',
    bound: { atMost: 1.3 },
    figure: ratio('k3sbox', floor, 'w2-first', 10, '50ms'),
  },
  {
    what: 'W2 second run, 10 hosts, 50 ms: wall time against the floor',
    unit: 'x',
    bound: { atMost: 1.1 },
    figure: ratio('k3sbox', floor, 'w2-second', 10, '50ms'),
  },
  {
    what: 'W2 first run, 50 hosts, loopback: faster than tuned Ansible',
    unit: 'x',
    bound: { atLeast: 50 },
    figure: ratio('ansible-tuned', 'k3sbox', 'w2-first', 50),
  },
  {
    what: 'W2 first run, 50 hosts, loopback: faster than mitogen',
    unit: 'x',
    bound: { atLeast: 15 },
    figure: ratio('mitogen', 'k3sbox', 'w2-first', 50),
  },
  {
    what: 'W2 first run, 50 hosts, loopback: faster than pyinfra',
    unit: 'x',
    bound: { atLeast: 6 },
    figure: ratio('pyinfra', 'k3sbox', 'w2-first', 50),
  },
  {
    what: 'W2 first run: CPU time of the controller for each further host, from 1 to 100 hosts',
    unit: 'ms',
    bound: { atMost: 15 },
    figure: (summaries) => {
      const at = (hosts: number): Summary | undefined =>
        find(summaries, { tool: 'k3sbox', work: 'w2-first', link: 'loopback', hosts });
      const [one, hundred] = [at(1), at(100)];
      if (one === undefined || hundred === undefined) return undefined;
      return ((hundred.controllerCpu - one.controllerCpu) / 99) * 1000;
    },
  },
  {
    what: 'W3, 10 hosts, loopback: wall time against scp',
    unit: 'x',
    bound: { atMost: 1.1 },
    figure: ratio('k3sbox', floor, 'w3', 10),
  },
  {
    what: 'W3, 10 hosts with lines of 40 Mbit/s, from host to host: faster than one to all',
    unit: 'x',
    bound: { atLeast: 5 },
    figure: ratio('k3sbox', 'k3sbox-relay', 'w3', 10, '40mbit'),
  },
  {
    what: 'W2 first run, 200 hosts, loopback: peak memory of the whole controller for each host',
    unit: 'MB',
    bound: { atMost: 1 },
    figure: (summaries) => {
      const found = find(summaries, { tool: 'k3sbox', work: 'w2-first', link: 'loopback', hosts: 200 });
      return found && found.peakMemoryMb / 200;
    },
  },
];

export function verdict({ bound }: Goal, figure: number | undefined): Verdict {
  if (figure === undefined) return 'not measured';
  const isMet = 'atMost' in bound ? figure <= bound.atMost : figure >= bound.atLeast;
  return isMet ? 'met' : 'missed';
}
