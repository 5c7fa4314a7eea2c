import type { Located } from '../base/diagnostic.ts';
import { parseDuration } from '../base/duration.ts';
import { ConfigError } from '../base/errors.ts';
import { readBoolean } from '../base/read-boolean.ts';
import { isValues, type Value } from '../base/value.ts';
import type { Async } from '../base/op.ts';
import type { Flag, Task, Written } from '../playbook/playbook.ts';
import { renderNative, renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';
import { renderWritten } from '../template/value.ts';

/** Keywords whose values may be templates, read for one host. All throw ConfigError at their place. */

export function flagOf(flag: Flag | undefined, scope: Scope, otherwise: boolean): boolean {
  if (flag === undefined) return otherwise;
  if (typeof flag.value === 'boolean') return flag.value;
  const rendered = renderNative(flag.value, scope, flag.span);
  const value = readBoolean(rendered);
  if (value === undefined) throw ConfigError.at(flag.span, `is ${JSON.stringify(rendered)}, not yes or no`);
  return value;
}

export function textOf(text: Located<string>, scope: Scope): string {
  return renderText(text.value, scope, text.span);
}

/** Milliseconds, from a number of seconds or "5m". */
export function durationOf(written: Written | undefined, scope: Scope): number | undefined {
  if (written === undefined) return undefined;
  const value = renderWritten(written, scope);
  const ms = typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined;
  if (ms === undefined) {
    throw ConfigError.at(
      written.span,
      `${JSON.stringify(value)} is no duration`,
      'Write seconds, or text such as "5m".',
    );
  }
  return ms;
}

/** How the task's command runs in the background; undefined when it does not. */
export function asyncOf({ async, poll }: Pick<Task, 'async' | 'poll'>, scope: Scope): Async | undefined {
  const limitMs = durationOf(async, scope) ?? 0;
  return limitMs === 0 ? undefined : { limitMs, pollMs: durationOf(poll, scope) ?? 10_000 };
}

export function numberOf(written: Written | undefined, scope: Scope): number | undefined {
  if (written === undefined) return undefined;
  const value = renderWritten(written, scope);
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0) {
    throw ConfigError.at(written.span, `${JSON.stringify(value)} is no whole number`);
  }
  return number;
}

/** `environment:` of play, blocks and task, merged in order. */
export function environmentOf(environment: readonly Written[], scope: Scope): Readonly<Record<string, string>> {
  const merged: Record<string, string> = {};
  for (const written of environment) {
    const value = renderWritten(written, scope);
    if (!isValues(value)) throw ConfigError.at(written.span, 'is no mapping of variables');
    for (const [name, one] of Object.entries(value)) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        throw ConfigError.at(written.at([name]), `${name} is no name for an environment variable`);
      }
      merged[name] = typeof one === 'string' ? one : JSON.stringify(one);
    }
  }
  return merged;
}

/** The command of `undo:`, as shell text. */
export function undoOf(written: Written | undefined, scope: Scope): string | undefined {
  if (written === undefined) return undefined;
  const value: Value = renderWritten(written, scope);
  if (typeof value === 'string') return value;
  const command = isValues(value) ? (value['shell'] ?? value['command']) : undefined;
  if (typeof command !== 'string') {
    throw ConfigError.at(
      written.span,
      'undo is no command',
      'Write a shell command, or a mapping with `shell` or `command`.',
    );
  }
  return command;
}
