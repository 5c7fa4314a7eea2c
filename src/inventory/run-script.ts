import { execFile } from 'node:child_process';

import { lastLines, sanitise } from '../base/text.ts';

const timeoutMs = 60_000;
const maxBytes = 64 * 1024 * 1024;

export type ScriptResult = { readonly output: string } | { readonly problem: string; readonly hint: string };

/** Runs an inventory script on the controller, with a minute to answer. Never rejects. */
export function runScript(file: string, words: readonly string[]): Promise<ScriptResult> {
  return new Promise((resolve) => {
    execFile(file, words, { timeout: timeoutMs, maxBuffer: maxBytes, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) return resolve({ output: stdout });
      const said = lastLines(sanitise(stderr), 5);
      const hint = said === '' ? `Run it by hand: ${[file, ...words].join(' ')}` : `It said: ${said}`;
      resolve({ problem: `${[file, ...words].join(' ')} ${ending(error)}`, hint });
    });
  });
}

function ending(error: Error & { readonly code?: unknown; readonly killed?: boolean }): string {
  if (error.killed) return `did not end within ${timeoutMs / 1000} s`;
  return typeof error.code === 'number' ? `ended with exit code ${error.code}` : `could not be run: ${error.message}`;
}
