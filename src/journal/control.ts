import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { UsageError } from '../base/errors.ts';
import { describeIoError } from './io-error.ts';
import type { StoredRun } from './run-store.ts';

/** What somebody at another terminal wants of a run that goes on. */
export type Control = 'pause' | 'resume' | 'abort';

const actions: readonly string[] = ['pause', 'resume', 'abort'] satisfies readonly Control[];

/** How often the controller looks. */
const everyMs = 300;

/** Leaves a word for the controller of a run, in the run's folder. @throws UsageError when it cannot be written */
export function sendControl({ folder }: StoredRun, action: Control): void {
  try {
    appendFileSync(controlFile(folder), `${action}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`the run in ${folder} cannot be told: ${describeIoError(error)}`, { cause: error });
  }
}

/** Hears of the words that are left from now on; returns how to listen no more. */
export function listenToControl(folder: string, listener: (action: Control) => void): () => void {
  const file = controlFile(folder);
  let heard = wordsIn(file).length;
  const onChange = (): void => {
    const words = wordsIn(file);
    const fresh = words.slice(heard);
    heard = words.length;
    for (const word of fresh) if (isControl(word)) listener(word);
  };
  // Polled: folders on a network drive tell of no change. Not with `watchFile`, which misses what comes before its first look.
  const timer = setInterval(onChange, everyMs);
  return () => clearInterval(timer);
}

function controlFile(folder: string): string {
  return join(folder, 'control');
}

function wordsIn(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

function isControl(word: string): word is Control {
  return actions.includes(word);
}
