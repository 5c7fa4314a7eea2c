import { InterruptedError } from '../base/errors.ts';
import type { K3sboxError } from '../base/errors.ts';
import { formatDuration } from '../base/duration.ts';
import { quote } from '../base/sh.ts';
import { sanitise } from '../base/text.ts';
import type { Value } from '../base/value.ts';
import type { Host, RunAs } from '../host/host.ts';
import { failureLines } from '../report/failure-lines.ts';
import { safeJson } from '../report/json-reporter.ts';
import { fit } from '../report/width.ts';
import { count, exitCodeMeaning } from '../report/words.ts';
import { type AdHocResult, onEachHost, pingHost, pruneHost, readFacts, runCommand } from '../run/ad-hoc.ts';
import { errorData } from '../run/error-data.ts';
import { type Cli, printLine, styleOf } from './cli.ts';
import { readConnectionFlags } from './connection-flags.ts';
import { connectFrom, type Fleet, openFleet } from './fleet.ts';
import type { ConnectionOptions, InventoryOptions } from './options.ts';

export interface AdHocOptions extends InventoryOptions, ConnectionOptions {
  readonly output?: 'plain' | 'json';
}

/** An hour: whatever takes longer belongs in a playbook, which is journalled. */
const commandTimeoutMs = 3_600_000;

/** `k3sbox exec`: one word is shell text, several are a command and its arguments. */
export async function execOnHosts(
  cli: Cli,
  pattern: string,
  words: readonly string[],
  options: AdHocOptions,
): Promise<number> {
  const text = words.length === 1 ? (words[0] ?? '') : words.map(quote).join(' ');
  const style = styleOf(cli);
  return onHosts(cli, pattern, options, {
    act: (host, as) => runCommand(host, as, text, commandTimeoutMs),
    isFailure: ({ exitCode }) => exitCode !== 0,
    lines: ({ exitCode, stdout, stderr }, name) => {
      const meaning = exitCodeMeaning(exitCode);
      const failed = style.bad(`rc=${exitCode}${meaning === undefined ? '' : ` (${meaning})`}`);
      return [
        exitCode === 0 ? style.good('ok') : failed,
        ...outputLines(stdout).map((line) => `${name}  ${style.quiet('|')} ${line}`),
        ...outputLines(stderr).map((line) => `${name}  ${style.bad('!')} ${line}`),
      ];
    },
    json: ({ exitCode, stdout, stderr }) => ({ rc: exitCode, stdout, stderr }),
  });
}

/** `k3sbox ping`: logs in, and becomes whoever tasks would run as. */
export async function pingHosts(cli: Cli, pattern: string, options: AdHocOptions): Promise<number> {
  const style = styleOf(cli);
  return onHosts(cli, pattern, options, {
    act: pingHost,
    isFailure: () => false,
    lines: ({ user, uid }) => [`${style.good('ok')}  ${sanitise(user)} (uid ${uid})`],
    json: ({ user, uid }) => ({ user, uid }),
  });
}

/** `k3sbox facts`: one JSON document, hosts that failed on standard error. */
export async function showFacts(cli: Cli, pattern: string, options: AdHocOptions): Promise<number> {
  const facts: { [host: string]: Value } = {};
  const exitCode = await onHosts(cli, pattern, options, {
    act: readFacts,
    isFailure: () => false,
    note: (host, values) => {
      facts[host] = values;
    },
    lines: () => [],
    json: () => undefined,
  });
  printLine(cli, safeJson(facts, 2));
  return exitCode;
}

/** `k3sbox unlock`: frees hosts whose run is gone, and says whose it was. */
export async function unlockHosts(cli: Cli, pattern: string, options: AdHocOptions): Promise<number> {
  return onHosts(cli, pattern, options, {
    act: (host, as) => host.breakLock(as),
    isFailure: () => false,
    lines: (owner) => [
      owner === undefined ? 'was not locked' : `freed  ${sanitise(owner).trim().replaceAll('\n', ', ')}`,
    ],
    json: (owner) => ({ owner: owner ?? null }),
  });
}

export interface PruneOptions extends AdHocOptions {
  readonly keep: number;
  readonly force?: boolean;
}

/** `k3sbox runs prune -i`: removes the logs of old runs, for the login user and for whom tasks become. */
export async function pruneHosts(cli: Cli, pattern: string, options: PruneOptions): Promise<number> {
  return onHosts(cli, pattern, options, {
    act: (host, as) => pruneHost(host, as, options.keep, options.force ?? false),
    isFailure: () => false,
    lines: ({ removed, kept }) => [
      [
        `${count(removed.length, 'log')} removed`,
        ...(kept.length === 0 ? [] : [`kept since they may be needed: ${sanitise(kept.join(', '))}`]),
      ].join('; '),
    ],
    json: ({ removed, kept }) => ({ removed, kept }),
  });
}

interface AdHoc<T> {
  readonly act: (host: Host, as: RunAs) => Promise<T>;
  readonly isFailure: (value: T) => boolean;
  /** The first line goes behind the host's name. */
  readonly lines: (value: T, name: string) => readonly string[];
  readonly json: (value: T) => { readonly [name: string]: Value } | undefined;
  readonly note?: (host: string, value: T) => void;
}

async function onHosts<T>(cli: Cli, pattern: string, options: AdHocOptions, adHoc: AdHoc<T>): Promise<number> {
  const fleet = await openFleet(cli.io, options, await readConnectionFlags(cli.io, options));
  const names = fleet.hosts(pattern);
  const width = Math.min(24, Math.max(0, ...names.map((name) => name.length)));
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort(new InterruptedError('interrupted'));
  process.once('SIGINT', onInterrupt);
  try {
    const results = await onEachHost(
      {
        connections: names.map((name) => fleet.connectionOf(name)),
        connect: connectFrom(cli.io),
        forks: options.forks,
        signal: stop.signal,
      },
      adHoc.act,
      (result) => show(cli, fleet, adHoc, result, { name: fit(result.host, width), json: options.output === 'json' }),
    );
    return stop.signal.aborted ? 130 : exitCodeOf(results, adHoc);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

function show<T>(
  cli: Cli,
  { redactor }: Fleet,
  { lines, json, note }: AdHoc<T>,
  result: AdHocResult<T>,
  { name, json: asJson }: { readonly name: string; readonly json: boolean },
): void {
  const { host, elapsedMs } = result;
  if ('error' in result) return showError(cli, result.error, name, asJson ? host : undefined);
  note?.(host, result.value);
  const value = redactor.data(asJson ? json(result.value) : undefined);
  if (value !== undefined) printLine(cli, safeJson({ host, ...value, elapsedMs: Math.round(elapsedMs) }));
  if (asJson) return;
  const [first, ...rest] = lines(result.value, name);
  if (first === undefined) return;
  printLine(cli, redactor.text(`${name}  ${first}  ${styleOf(cli).quiet(formatDuration(elapsedMs))}`));
  for (const line of rest) printLine(cli, redactor.text(line));
}

function showError(cli: Cli, thrown: K3sboxError, name: string, jsonHost: string | undefined): void {
  const error = errorData(thrown);
  if (jsonHost !== undefined) {
    printLine(cli, safeJson({ host: jsonHost, error }));
    return;
  }
  const style = styleOf(cli);
  const lines = [`${name}  ${style.bad(error.code)}`, ...failureLines({ error }, style)];
  cli.io.stderr.write(`${lines.join('\n')}\n`);
}

function outputLines(text: string): string[] {
  return text === '' ? [] : sanitise(text).replace(/\n$/, '').split('\n');
}

function exitCodeOf<T>(results: readonly AdHocResult<T>[], { isFailure }: AdHoc<T>): number {
  const errors = results.flatMap((result) => ('error' in result ? [result.error.code] : []));
  if (errors.includes('internal')) return 70;
  const failed = results.some((result) => 'value' in result && isFailure(result.value));
  if (failed || errors.includes('task-failed')) return 5;
  return errors.length > 0 ? 4 : 0;
}
