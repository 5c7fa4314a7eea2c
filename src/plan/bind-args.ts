import { z } from 'zod';

import type { Diagnostic } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { isList, isValues } from '../base/value.ts';
import type { Value, Values } from '../base/value.ts';
import { zodDiagnostics } from '../base/zod-diagnostics.ts';
import type { Module } from '../modules/module.ts';
import type { Written } from '../playbook/playbook.ts';
import { Problems } from '../playbook/problems.ts';
import type { Scope } from '../template/scope.ts';
import { hasTemplates, renderWritten } from '../template/value.ts';
import { coerce } from './coerce.ts';
import { omit } from './omit.ts';

/**
 * A task's arguments on one host: rendered, without what is `omit`ted, turned into what the module's schema wants, checked.
 * @throws ConfigError with every problem, each at its argument
 */
export function bindArgs<Schema extends z.ZodType>(
  written: Written,
  module: Module<Schema>,
  scope: Scope,
): z.output<Schema> {
  const args = renderArgs(written, module, scope);
  // What fits as it is stays as it is: a null is a value for set_fact and nothing for most others.
  const asWritten = module.args.safeParse(args);
  if (asWritten.success) return asWritten.data;
  const given = coerce(withoutNulls(args), module.args);
  const parsed = module.args.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(explain(parsed.error, written, given, module.args));
}

function renderArgs(written: Written, { raw = [] }: Module, scope: Scope): Values {
  const problems = new Problems();
  const args: Record<string, Value> = Object.create(null);
  for (const [name, value] of argEntries(written)) {
    const at = (path: readonly (string | number)[]) => written.at([name, ...path]);
    const rendered = raw.includes(name) ? value : problems.try(() => renderWritten({ value, at }, scope));
    if (rendered !== undefined && rendered !== omit) args[name] = withoutOmitted(rendered);
  }
  problems.throwIfAny();
  return args;
}

function argEntries({ value }: Written): readonly (readonly [string, Value])[] {
  return isValues(value) ? Object.entries(value) : [];
}

/** `omit` also leaves out items of lists and members of mappings. */
function withoutOmitted(value: Value): Value {
  if (isList(value)) return value.filter((item) => item !== omit).map(withoutOmitted);
  if (!isValues(value)) return value;
  return fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== omit)
      .map(([name, one]) => [name, withoutOmitted(one)]),
  );
}

function withoutNulls(args: Values): Values {
  return fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function fromEntries(entries: readonly (readonly [string, Value])[]): Values {
  const values: Record<string, Value> = Object.create(null);
  for (const [name, value] of entries) values[name] = value;
  return values;
}

/**
 * What can be said about a task's arguments before any host is known: unknown names, missing ones, and literal values of the
 * wrong type. What holds templates is left for {@link bindArgs}.
 */
export function checkArgs(written: Written, module: Module): readonly Diagnostic[] {
  const entries = argEntries(written);
  const raw = module.raw ?? [];
  const open = new Set(
    entries.filter(([name, value]) => !raw.includes(name) && hasTemplates(value)).map(([name]) => name),
  );
  const given = coerce(withoutNulls(fromEntries(entries)), module.args);
  const parsed = module.args.safeParse(given);
  if (parsed.success) return [];
  const issues = parsed.error.issues.filter(({ code, path }) => {
    const [name] = path;
    // A rule between arguments cannot be judged while one of them is open.
    return !(typeof name === 'string' && open.has(name)) && !(code === 'custom' && open.size > 0);
  });
  return issues.length === 0 ? [] : explain(new z.ZodError(issues), written, given, module.args);
}

function explain(error: z.ZodError, written: Written, value: Value, schema: z.ZodType): readonly Diagnostic[] {
  return zodDiagnostics(error, { places: { spanAt: written.at, keySpanAt: written.keyAt }, value, schema });
}
