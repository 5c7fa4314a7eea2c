/** What tools are measured with. */
export const works = ['w1', 'w2', 'w3', 'w4', 'w5'] as const;
export type Work = (typeof works)[number];

/** A work item as it is timed: W2 runs twice on the same hosts. */
export const timedWorks = ['w1', 'w2-first', 'w2-second', 'w3', 'w4', 'w5'] as const;
export type TimedWork = (typeof timedWorks)[number];

export function timed(work: Work): readonly TimedWork[] {
  return work === 'w2' ? ['w2-first', 'w2-second'] : [work];
}

export const workTitles: Readonly<Record<TimedWork, string>> = {
  w1: 'W1: connect and run `true`',
  'w2-first': 'W2: 20 tasks, first run',
  'w2-second': 'W2: 20 tasks, second run, nothing to change',
  w3: 'W3: one file of 64 MiB',
  w4: 'W4: a folder of 500 files',
  w5: 'W5: facts',
};

export const shortTitles: Readonly<Record<TimedWork, string>> = {
  w1: 'W1',
  'w2-first': 'W2 first',
  'w2-second': 'W2 second',
  w3: 'W3',
  w4: 'W4',
  w5: 'W5',
};

/** The way from the controller to the hosts. */
export const links = ['loopback', '50ms', '40mbit'] as const;
export type Link = (typeof links)[number];

export const linkTitles: Readonly<Record<Link, string>> = {
  loopback: 'loopback',
  '50ms': '50 ms',
  '40mbit': '40 Mbit/s',
};
