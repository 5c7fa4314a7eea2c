import type { z } from 'zod';

import type { Diagnostic, Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { isValues } from '../base/value.ts';
import { findModule } from '../modules/index.ts';
import type { Module } from '../modules/module.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Scope } from '../template/scope.ts';
import { bindArgs, checkArgs } from './bind-args.ts';

/** A task with what is needed to plan it on one host. */
export interface BoundTask {
  readonly module: Module;
  /** Checked by the module's schema. */
  readonly args: z.output<Module['args']>;
}

/** Renders and checks a task's arguments for one host (and loop item). @throws ConfigError with every problem */
export function bindTask(task: Pick<Task, 'module' | 'args'>, scope: Scope): BoundTask {
  const module = moduleOf(task);
  return { module, args: bindArgs(task.args, module, scope) };
}

/** What is wrong with a task's arguments on every host. `meta` tasks have been checked when they were read. */
export function checkTask(task: Pick<Task, 'module' | 'args'>): readonly Diagnostic[] {
  return checkArgs(task.args, moduleOf(task));
}

/** Arguments that most mistakes are about which only a look at files shows: the first that is there is shown. */
const subjects = ['src', 'file', 'cmd', 'argv', 'that', 'dir', 'path', 'dest', 'name'];

/** What to point at when a module finds something wrong: the argument that it is about, or the whole task. */
export function subjectOf({ args, span }: Pick<Task, 'args' | 'span'>): Span {
  const { value, at } = args;
  if (typeof value === 'string') return at([]);
  const subject = isValues(value) ? subjects.find((name) => Object.hasOwn(value, name)) : undefined;
  return subject === undefined ? span : at([subject]);
}

function moduleOf({ module }: Pick<Task, 'module'>): Module {
  const found = findModule(module.value);
  if (found === undefined) throw ConfigError.at(module.span, `there is no module \`${module.value}\``);
  return found;
}
