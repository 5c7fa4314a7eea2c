import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { UsageError } from '../base/errors.ts';
import type { RunEvent } from '../base/event.ts';
import { describeIoError } from './io-error.ts';
import { Journal } from './journal.ts';
import { readEvents, readLastEvent, readRunMarks } from './read-events.ts';
import { isRunId, newRunId } from './run-id.ts';
import { isRunRecord, type RunRecord } from './run-record.ts';

/** A run as it lies in the store. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly folder: string;
}

/** A run with everything that happened in it. */
export interface OpenedRun extends StoredRun {
  readonly events: readonly RunEvent[];
  /** Lines of the journal that could not be read. */
  readonly damaged: number;
  /** The journal ends inside a line. */
  readonly isCutShort: boolean;
}

/** A new run: where it lies and where its events go. */
export interface CreatedRun extends StoredRun {
  readonly journal: Journal;
}

/** A run is small, but a full disk in the middle of one is the worst moment to learn it. */
const leastFreeBytes = 16 << 20;

/**
 * Makes `.k3sbox/runs/<id>/` below the working folder. It appears whole or not at all.
 *
 * @throws UsageError when the folder cannot be written or the disk is nearly full; nothing was touched then
 */
export function createRun(asked: Omit<RunRecord, 'format' | 'id' | 'started'>, now = new Date()): CreatedRun {
  const runs = runsFolder(asked.cwd);
  try {
    prepare(asked.cwd, runs);
    for (;;) {
      const record: RunRecord = { format: 1, id: newRunId(now), started: now.toISOString(), ...asked };
      const folder = join(runs, record.id);
      if (existsSync(folder)) continue;
      const draft = mkdirIn(runs, `.${record.id}`);
      writeRecord(join(draft, 'run.json'), record);
      renameSync(draft, folder);
      return { record, folder, journal: new Journal(eventsFile(folder)) };
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the run cannot be recorded in ${runs}: ${describeIoError(error)}`, {
      hint: 'Nothing was touched. Work in a folder you may write to.',
      cause: error,
    });
  }
}

/**
 * Goes on with the journal of an earlier run: a later rollback belongs to the run it takes back. From now on it is this
 * controller's. @throws UsageError when it cannot be written
 */
export function continueRun({ folder, record }: StoredRun, controller: RunRecord['controller']): Journal {
  const journal = new Journal(eventsFile(folder));
  try {
    writeRecord(join(folder, '.run.json'), { ...record, controller });
    renameSync(join(folder, '.run.json'), join(folder, 'run.json'));
  } catch (error) {
    throw new UsageError(`the run cannot be recorded in ${folder}: ${describeIoError(error)}`, {
      hint: 'Nothing was touched. Make room or restore access, then try again.',
      cause: error,
    });
  }
  return journal;
}

function writeRecord(file: string, record: RunRecord): void {
  writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600, flush: true });
}

/**
 * Reads a run, by its id or the last one (of those in this mode that set out to change a host, when one is given).
 *
 * @throws UsageError naming the newest runs when there is no such run
 */
export function openRun(cwd: string, id: string, mode?: RunRecord['mode']): OpenedRun {
  const runs = listRuns(cwd);
  const found =
    id === 'last'
      ? runs.find((run) => mode === undefined || (run.record.mode === mode && hasActed(run)))
      : runs.find(({ record }) => record.id === id);
  if (found === undefined) throw unknownRun(cwd, id, runs);
  return { ...found, ...(existsSync(eventsFile(found.folder)) ? readEvents(eventsFile(found.folder)) : noEvents) };
}

/** Whether a run was about to change a host: one that met a lock, or found all as wanted, was not. */
function hasActed({ folder }: StoredRun): boolean {
  const file = eventsFile(folder);
  return existsSync(file) && readEvents(file).events.some(({ type }) => type === 'step-intended');
}

const noEvents = { events: [], damaged: 0, isCutShort: false };

/** Every run in the store, newest first. Folders that are not runs, or of a format we do not know, are left out. */
export function listRuns(cwd: string): StoredRun[] {
  const runs = runsFolder(cwd);
  if (!existsSync(runs)) return [];
  const stored = readdirSync(runs)
    .filter(isRunId)
    .flatMap((id) => readRecord(join(runs, id)));
  return stored.toSorted((a, b) => (key(a) < key(b) ? 1 : -1));
}

/** The last thing that happened in a run; `run-finished` when it came to its end. */
export function lastEventOf(run: StoredRun): RunEvent | undefined {
  const file = eventsFile(run.folder);
  return existsSync(file) ? readLastEvent(file) : undefined;
}

/** Where goes at a run began and ended: it may have been resumed and taken back. Those long before its end may be missing. */
export function runMarksOf(run: StoredRun): readonly RunEvent[] {
  const file = eventsFile(run.folder);
  return existsSync(file) ? readRunMarks(file) : [];
}

/**
 * Removes all but the `keep` newest runs. A run that did not come to its end stays: somebody may still have to take it back.
 * Returns the ids that are gone.
 */
export function pruneRuns(cwd: string, keep: number): string[] {
  const old = listRuns(cwd).slice(Math.max(0, keep));
  const over = old.filter((run) => lastEventOf(run)?.type === 'run-finished');
  for (const { folder } of over) rmSync(folder, { recursive: true, force: true });
  return over.map(({ record }) => record.id);
}

function runsFolder(cwd: string): string {
  return join(cwd, '.k3sbox', 'runs');
}

function eventsFile(folder: string): string {
  return join(folder, 'events.jsonl');
}

function prepare(cwd: string, runs: string): void {
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  const ignore = join(cwd, '.k3sbox', '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  const { bavail, bsize } = statfsSync(runs);
  if (bavail * bsize < leastFreeBytes) {
    throw new UsageError(`the run cannot be recorded in ${runs}: less than 16 MiB are free`, {
      hint: 'Nothing was touched. Make room, for instance with `k3sbox runs prune`.',
    });
  }
}

function mkdirIn(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { mode: 0o700, recursive: true });
  return folder;
}

function readRecord(folder: string): StoredRun[] {
  try {
    const record: unknown = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    return isRunRecord(record) ? [{ record, folder }] : [];
  } catch {
    return [];
  }
}

/** Two runs of one second are told apart by the milliseconds in `started`. */
function key({ record }: StoredRun): string {
  return `${record.id.slice(0, 15)} ${record.started}`;
}

function unknownRun(cwd: string, id: string, runs: readonly StoredRun[]): UsageError {
  if (runs.length === 0) {
    return new UsageError(`there are no runs in ${runsFolder(cwd)}`, {
      hint: 'Runs are kept below the folder k3sbox was started in: change to that folder.',
    });
  }
  const newest = runs.slice(0, 5).map(({ record }) => `${record.id} (${record.mode} ${record.playbooks.join(' ')})`);
  const what = id === 'last' ? 'no run here changed anything yet' : `there is no run ${id}`;
  return new UsageError(what, { hint: `The newest runs are: ${newest.join(', ')}.` });
}
