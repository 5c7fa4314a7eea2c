import type { Value } from '../base/value.ts';

/**
 * Variables as templates and conditions see them. Values come back rendered: a variable may itself hold `{{ ... }}`,
 * which is rendered when it is first used.
 */
export interface Scope {
  /** Undefined when nobody defined it. @throws ConfigError when its own template is wrong or refers to itself. */
  get(name: string): Value | undefined;
  has(name: string): boolean;
  /** For "did you mean". */
  names(): Iterable<string>;
  /** The controller's environment, for the helper `env`; absent where it must not be used. */
  readonly environment?: Environment | undefined;
}

/** Looks up an environment variable. */
export type Environment = (name: string) => string | undefined;
