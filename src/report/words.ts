import { errorCodes } from '../base/errors.ts';
import type { HostStatus, TaskStatus } from '../base/event.ts';
import type { Style } from './style.ts';

/** "1 host", "3 hosts". */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

const exitCodes: Readonly<Record<number, string>> = {
  126: 'the file cannot be executed',
  127: 'command not found',
  128: 'invalid exit code',
  255: 'out of range, or the connection was lost',
};

const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL, perhaps out of memory',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
};

/** What a shell means by an exit code; undefined for codes that only the program itself can explain. */
export function exitCodeMeaning(code: number): string | undefined {
  const signal = code > 128 ? signals[code - 128] : undefined;
  return signal === undefined ? exitCodes[code] : `killed by ${signal}`;
}

/** How a run ended, as docs/errors.md words it; never empty. `codes` are those of its hosts' errors: 7 means two things. */
export function exitMeaning(exitCode: number, codes: ReadonlySet<string> = new Set()): string {
  if (exitCode === 0) return 'done';
  if (exitCode === 1) return 'there are changes';
  const possible = Object.entries(errorCodes).filter(([, code]) => code.exitCode === exitCode);
  const [, code] = possible.find(([name]) => codes.has(name)) ?? possible[0] ?? [];
  return code?.meaning ?? 'failed';
}

/** The same in a word or two, for lists: "done", "task failed (5)". */
export function exitWords(exitCode: number): string {
  if (exitCode === 0) return 'done';
  const codes = Object.entries(errorCodes).filter(([, code]) => code.exitCode === exitCode);
  const words = codes.map(([name]) => name.replaceAll('-', ' ')).join(' or ');
  return `${words === '' ? 'failed' : words} (${exitCode})`;
}

const statusStyles = {
  ok: 'good',
  changed: 'changed',
  skipped: 'quiet',
  ignored: 'changed',
  failed: 'bad',
  unreachable: 'bad',
  'rolled-back': 'changed',
  'rollback-failed': 'bad',
} as const satisfies Record<TaskStatus | HostStatus, keyof Style>;

/** A status in its colour. `shown` is the text when it is not the status itself (padded, for columns). */
export function paintStatus(status: TaskStatus | HostStatus, style: Style, shown: string = status): string {
  return style[statusStyles[status]](shown);
}
