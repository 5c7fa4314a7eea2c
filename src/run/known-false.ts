import type { Condition } from '../template/condition.ts';
import type { VariableScope } from '../template/variable-scope.ts';

/** Whether one of these conditions is false whatever is not known yet: then the others do not matter. */
export function isKnownFalse(
  conditions: readonly Condition[],
  scope: VariableScope,
  isUnknown: (name: string) => boolean,
): boolean {
  return conditions.some((condition) => {
    if ([...scope.reach(condition.references)].some(isUnknown)) return false;
    try {
      return !condition.evaluate(scope);
    } catch {
      // Of a loop's item, perhaps.
      return false;
    }
  });
}
