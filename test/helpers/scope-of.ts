import type { Values } from '../../src/base/value.ts';
import type { Scope } from '../../src/template/scope.ts';

/** Variables whose values are what they are. */
export function scopeOf(values: Values): Scope {
  return {
    get: (name) => (Object.hasOwn(values, name) ? values[name] : undefined),
    has: (name) => Object.hasOwn(values, name),
    names: () => Object.keys(values),
  };
}
