import { Script, createContext } from 'node:vm';

import { HelperError } from './helper.ts';

const maxSubject = 1024 * 1024;
const timeoutMs = 1000;
/** Steps that a match may cost before it is run under the clock. */
const cheap = 1_000_000;

/**
 * Compiles a regular expression written for Python's `re` or for JavaScript. `(?i)` at the start, `(?P<name>...)`, `\A`
 * and `\Z` are translated.
 * @throws HelperError
 */
export function compileRegex(pattern: string, flags = ''): RegExp {
  const inline = /^\(\?([imsx]+)\)/.exec(pattern);
  const letters = new Set((flags + (inline?.[1] ?? '')).replaceAll('x', '').split(''));
  const source = pattern
    .slice(inline?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\(\?P=(\w+)\)/g, String.raw`\k<$1>`)
    .replaceAll(/((?:^|[^\\])(?:\\\\)*)\\A/g, '$1(?<![^])')
    .replaceAll(/((?:^|[^\\])(?:\\\\)*)\\Z/g, '$1(?![^])');
  try {
    return new RegExp(source, [...letters].join(''));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    throw new HelperError(
      `\`${pattern}\` is no regular expression: ${reason}`,
      'In YAML, write patterns in single quotes.',
    );
  }
}

/**
 * Every match, bounded: the subject by 1 MiB, the time by one second. Host output decides how long a match takes, so
 * patterns that may backtrack run in V8's interruptible mode, which costs 0.3 ms; harmless ones run at once.
 * @throws HelperError
 */
export function matchAll(regex: RegExp, subject: string): readonly RegExpExecArray[] {
  if (subject.length > maxSubject) {
    throw new HelperError(
      `the text is too long for a regular expression: ${subject.length} characters, at most ${maxSubject}`,
    );
  }
  const global = new RegExp(regex.source, regex.flags.includes('g') ? regex.flags : `${regex.flags}g`);
  if (cost(regex.source, subject.length) <= cheap) return [...subject.matchAll(global)];
  return matchUnderClock(global, subject);
}

/** The first match, bounded like {@link matchAll}. */
export function matchFirst(regex: RegExp, subject: string): RegExpExecArray | undefined {
  return matchAll(new RegExp(regex.source, regex.flags.replace('g', '')), subject)[0];
}

/** Steps of a backtracking match: the length to the power of the loops, more than anything when a loop holds a loop. */
function cost(source: string, length: number): number {
  const plain = source.replaceAll(/\\./g, 'x').replaceAll(/\[(?:[^\]])*\]/g, 'x');
  if (/\)(?:[+*]|\{\d+,)/.test(plain) || /\(\?[=!<]/.test(plain) || /\\[1-9k]/.test(source)) return Infinity;
  const loops = plain.match(/[+*]|\{\d+(?:,\d*)?\}/g)?.length ?? 0;
  return Math.max(length, 1) ** (loops + 1);
}

const sandbox: { regex?: RegExp; subject?: string } = {};
const context = createContext(sandbox);
const script = new Script('[...subject.matchAll(regex)]');

function matchUnderClock(regex: RegExp, subject: string): readonly RegExpExecArray[] {
  Object.assign(sandbox, { regex, subject });
  try {
    // The script above gives exactly this; `vm` cannot know its type.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return script.runInContext(context, { timeout: timeoutMs }) as RegExpExecArray[];
  } catch (error) {
    // The error comes from the sandbox's own realm, where `Error` is another class.
    const isTimeout = typeof error === 'object' && error !== null && 'code' in error;
    if (!isTimeout || error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const hint = 'Avoid loops in loops like (a+)+, and anchor the pattern with ^.';
    throw new HelperError(
      `\`${regex.source}\` took longer than ${timeoutMs / 1000} s on a text of ${subject.length} characters`,
      hint,
    );
  } finally {
    Object.assign(sandbox, { regex: undefined, subject: undefined });
  }
}
