import type { z } from 'zod';

import type { Span } from '../base/diagnostic.ts';
import type { Step } from '../base/op.ts';
import type { Values } from '../base/value.ts';
import type { HostReader } from '../host/reader.ts';
import type { Scope } from '../template/scope.ts';

/** What a module gets to plan one task on one host. */
export interface PlanContext<Args> {
  readonly args: Args;
  readonly host: HostReader;
  /** Files beside the playbook and its roles, on the controller. */
  readonly files: LocalFiles;
  /** The task's variables, for modules that render. */
  readonly vars: Scope;
  /** The user the task runs as: the owner of new files when nothing else is said. */
  readonly user: string;
  /** True in `plan` and `--check`: a module that would only look anyway behaves the same. */
  readonly dryRun: boolean;
  /** 32 hex digits of this task's own, the same when it is planned again: for names that nobody else uses. */
  readonly unique: string;
  readonly at: Span;
}

/** What a module answers. No steps: already as wanted. */
export interface Planned {
  readonly steps: readonly Step[];
  /** Members of the registered result beside `changed`, `failed`, `rc`, `stdout`... which the engine adds. */
  readonly result?: Values;
  /** What the rest of the run knows by it. */
  readonly facts?: Learnt;
  /** Shown beside the task: debug's message, why nothing was done. */
  readonly message?: string;
  /** It has failed by what it found: a command that had run in the background. */
  readonly failure?: {
    readonly message: string;
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
  };
  /** Files for the controller (`fetch`): the engine writes those that differ, and none in a dry run. */
  readonly fetched?: readonly FetchedFile[];
}

/** Variables by where they come from, which decides who wins over whom. */
export interface Learnt {
  /** What the host is, without the `ansible_` prefix: all of it (`setup`). */
  readonly host?: Values;
  /** Of a file (`include_vars`). */
  readonly included?: Values;
  /** Set by a task (`set_fact`). */
  readonly set?: Values;
}

/** A file of the host on its way to the controller. */
export interface FetchedFile {
  /** Relative to the playbook's folder, or absolute. Made from the playbook and the host's name in the inventory. */
  readonly path: string;
  readonly content: Buffer;
}

/** Files on the controller that a task may name: looked for in the role's folder for the kind, then beside the playbook. */
export interface LocalFiles {
  /** @throws ConfigError naming every place that was searched. */
  readText(kind: FileKind, name: string, at: Span): Promise<LocalText>;
  /** A file's identity without loading it: for binaries. @throws ConfigError */
  stat(kind: FileKind, name: string, at: Span): Promise<LocalFile>;
  /** The first bytes of a file: to see what kind of file it is. @throws ConfigError */
  head(kind: FileKind, name: string, sizeBytes: number, at: Span): Promise<Buffer>;
  /** Files below a folder, sorted, with paths relative to it; links are followed. @throws ConfigError */
  list(kind: FileKind, name: string, at: Span): Promise<readonly LocalEntry[]>;
}

export type FileKind = 'files' | 'templates' | 'vars';

export interface LocalText {
  /** As shown in messages: relative to the working folder where possible. */
  readonly file: string;
  readonly text: string;
}

export interface LocalFile {
  readonly file: string;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  /** Of regular files. */
  readonly sha256: string;
  /** Octal without a leading zero. */
  readonly mode: string;
}

export interface LocalEntry extends LocalFile {
  /** Relative to the listed folder, with `/`. */
  readonly path: string;
}

/**
 * A module describes itself, checks its arguments, and says what it would change. It never changes anything: it holds
 * nothing that could.
 */
export interface Module<Schema extends z.ZodType = z.ZodType> {
  /** The key in a playbook. */
  readonly name: string;
  /** Other keys that mean the same (`systemd` for `service`). */
  readonly aliases?: readonly string[];
  /** One sentence for the catalogue. */
  readonly summary: string;
  /** A strict object; the only description of the arguments. */
  readonly args: Schema;
  /** The argument that a bare string goes to: `command: uname -r`. */
  readonly freeForm?: string;
  /** What it does is one command at most, which may run in the background (`async`). */
  readonly background?: true;
  /** Arguments whose text is not a template: `msg: ...` is one, `var: x` and `that: [...]` are names and conditions. */
  readonly raw?: readonly string[];
  /** What a rollback does, as a sentence, when it does not simply restore what was there before. */
  readonly undo?: string;
  /** Each is parsed and planned by the tests, and printed in the docs. */
  readonly examples: readonly { readonly title: string; readonly args: z.input<Schema> }[];
  /** Checks that need files or variables but no host: run for every host before the first is touched. Throws ConfigError. */
  check?(context: Omit<PlanContext<z.output<Schema>>, 'host' | 'unique'>): Promise<void>;
  plan(context: PlanContext<z.output<Schema>>): Promise<Planned>;
}

/** Gives `plan` the type of its arguments. */
export function defineModule<Schema extends z.ZodType>(module: Module<Schema>): Module<Schema> {
  return module;
}

/** Nothing to do. */
export const unchanged: Planned = { steps: [] };

/** Steps to do and nothing to add. */
export function change(...steps: readonly Step[]): Planned {
  return { steps };
}

/** A result without steps, for modules that only look. */
export function found(result: Values, message?: string): Planned {
  return { steps: [], result, ...(message !== undefined && { message }) };
}
