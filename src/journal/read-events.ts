import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

import type { RunEvent } from '../base/event.ts';

export interface ReadEvents {
  readonly events: readonly RunEvent[];
  /** Lines that are not events, the last one aside: it is cut short when the controller was killed while it wrote. */
  readonly damaged: number;
  /** The last line is cut short: what it told is lost. */
  readonly isCutShort: boolean;
}

/** Every event of a journal. */
export function readEvents(file: string): ReadEvents {
  const events: RunEvent[] = [];
  let damaged = 0;
  let isCutShort = false;
  // Not as one text: a string cannot hold more than 512 MiB.
  const bytes = readFileSync(file);
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0x0a, from);
    const line = bytes.toString('utf8', from, end === -1 ? bytes.length : end);
    const event = parseEvent(line);
    if (event !== undefined) events.push(event);
    else if (end === -1) isCutShort = true;
    else if (line.trim() !== '') damaged++;
    from = end === -1 ? bytes.length : end + 1;
  }
  return { events, damaged, isCutShort };
}

/** The last whole event, from the end of the file alone: listing runs must not read all of them. */
export function readLastEvent(file: string): RunEvent | undefined {
  return tailLines(file)
    .toReversed()
    .map(parseEvent)
    .find((event) => event !== undefined);
}

/** Where goes at the run began and ended, as far as the end of the file tells; oldest first. */
export function readRunMarks(file: string): readonly RunEvent[] {
  return tailLines(file)
    .filter((line) => line.startsWith('{"type":"run-'))
    .flatMap((line) => parseEvent(line) ?? []);
}

function tailLines(file: string): readonly string[] {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    // `run-finished` names every host; this is enough for ten thousand.
    const tail = Buffer.alloc(Math.min(size, 2 << 20));
    readSync(fd, tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8').split('\n');
  } finally {
    closeSync(fd);
  }
}

function parseEvent(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Our own lines: the format number in run.json vouches for the rest. */
function isEvent(value: unknown): value is RunEvent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
