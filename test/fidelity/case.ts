import type { Value } from '../../src/base/value.ts';

type Args = string | Readonly<Record<string, Value>>;

/**
 * A host as it may be, and a task on it. In shell text and in arguments `@d` is the case's own folder (in which the shell
 * starts) and `@n` its number, of four digits, for what cannot be in a folder: accounts, units, packages.
 */
export interface Case extends Traits {
  readonly module: string;
  /** What the host is like: "a directory is in the way". */
  readonly state: string;
  /** What is asked for: "mode 0600". */
  readonly asks: string;
  /** Makes the state, as root. */
  readonly prepare: string;
  readonly tasks: readonly TaskSpec[];
  /** Handlers of the case: `@n` in their names keeps them apart. */
  readonly handlers?: readonly TaskSpec[];
}

export interface Traits {
  /** Prints everything that the case may change; by default what is in its folder. */
  readonly look?: string;
  /** It changes what `look` cannot see: times, a process. */
  readonly isUnseen?: true;
  /** It changes something every time, by its nature: a command, a restart. */
  readonly repeats?: true;
  /** States in which it fails only when it acts, in a way that nobody sees beforehand: an exit code, a check of the new file. */
  readonly failsActing?: readonly string[];
  /** What it does stays after a rollback, as the plan says. */
  readonly stays?: true;
}

export interface TaskSpec {
  readonly module: string;
  readonly args: Args;
  readonly name?: string;
  /** `when`, `notify`, `register`... */
  readonly keywords?: Readonly<Record<string, Value>>;
}

/** Shell texts by what they make of the host. */
export type States = Readonly<Record<string, string>>;

export interface Ask extends Traits {
  readonly args: Args;
  readonly keywords?: Readonly<Record<string, Value>>;
}

/** Every state with every way to ask. */
export function matrix(
  module: string,
  states: States,
  questions: Readonly<Record<string, Ask>>,
  traits: Traits = {},
): readonly Case[] {
  return Object.entries(states).flatMap(([state, prepare]) =>
    Object.entries(questions).map(([words, { args, keywords, ...own }]): Case => {
      const task = { module, args, ...(keywords && { keywords }) };
      return Object.assign({ module, state, asks: words, prepare, tasks: [task] }, traits, own);
    }),
  );
}

/** Arguments by name, in a short way. */
export function asks(args: Readonly<Record<string, Args>>, traits: Traits = {}): Readonly<Record<string, Ask>> {
  return Object.fromEntries(Object.entries(args).map(([name, own]) => [name, { args: own, ...traits }]));
}
