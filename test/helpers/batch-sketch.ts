import type { Op, Step } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import type { Answered } from '../../src/host/guard.ts';
import type { PathState, Query } from '../../src/host/query.ts';
import { type Batch, type BatchItem, makeBatch } from '../../src/run/make-batch.ts';

/** A planned item in short: what it read, what it does. */
export interface Sketch {
  readonly reads?: readonly Answered[];
  readonly does?: readonly (Op | Step)[];
  readonly stopAfter?: true;
}

/** The steps say which item they belong to. */
export function toItem({ reads: answered = [], does = [], stopAfter }: Sketch, index: number): BatchItem {
  const steps = does.map((op) => ('kind' in op ? { say: `step of ${index}`, do: op } : op));
  return { reads: answered, steps, stopAfter: stopAfter ?? false };
}

export function batchOf(sketches: readonly Sketch[], before: readonly Step[] = []): Batch {
  let next = 0;
  return makeBatch(sketches.map(toItem), () => String(++next).padStart(4, '0'), before);
}

export const write = (path: string): Op => ({ kind: 'file', path, content: { from: 'text', text: '' } });
export const makeFolder = (path: string): Op => ({ kind: 'directory', path });
export const exec: Op = { kind: 'exec', command: sh`make` };

export function readsPath(path: string): Answered {
  return { query: { kind: 'path', path }, answer: { kind: 'path', state: stateAt(path) } };
}

export function readsFolder(path: string): Answered {
  return { query: { kind: 'path', path }, answer: { kind: 'path', state: { ...stateAt(path), type: 'directory' } } };
}

export function readsLink(path: string, target: string): Answered {
  const state: PathState = { ...stateAt(path), type: 'file', target };
  return { query: { kind: 'path', path, follow: true }, answer: { kind: 'path', state } };
}

/** A read of which only the question matters. */
export function reads(query: Query): Answered {
  return { query, answer: { kind: 'account', raw: '' } };
}

export const readsProbe = reads({ kind: 'probe', command: sh`sshd -t` });

function stateAt(path: string): PathState {
  return { path, type: 'absent', mode: '', owner: '', group: '', uid: 0, gid: 0, sizeBytes: 0, modifiedAt: 0 };
}
