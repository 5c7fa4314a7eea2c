import type { Connection } from '../base/connection.ts';
import type { Redactor } from '../base/redactor.ts';
import { isList, isValues, type Value, type Values } from '../base/value.ts';
import type { Scope } from '../template/scope.ts';

/** Names that say that their value is nobody's business. */
const secretName = /(^|_)(pass|passwd|password|passphrase|secret|token|api_?key|private_key|credentials?)$/i;

/** From now on the passwords of a connection are hidden. */
export function hideConnection(redactor: Redactor, { password, privateKeyPassphrase, become }: Connection): void {
  for (const secret of [password, privateKeyPassphrase, become.password]) {
    if (secret !== undefined) redactor.add(secret);
  }
}

/** From now on the values of variables that are called password, token and the like are hidden. */
export function hideVariables(redactor: Redactor, scope: Scope): void {
  for (const name of scope.names()) {
    if (!secretName.test(name)) continue;
    const value = valueOf(scope, name);
    if (typeof value === 'string') redactor.add(value);
  }
}

/** From now on texts that are secrets by name, at any depth, are hidden. */
export function hideValues(redactor: Redactor, values: Values): void {
  for (const [name, value] of Object.entries(values)) {
    if (isValues(value)) hideValues(redactor, value);
    else if (secretName.test(name)) {
      for (const one of isList(value) ? value : [value]) if (typeof one === 'string') redactor.add(one);
    } else if (isList(value)) for (const one of value) if (isValues(one)) hideValues(redactor, one);
  }
}

/** Variables as they may be stored: one that is a secret by name, or has such a one in it, is `***`. */
export function withoutSecrets(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, holdsSecret(name, value) ? '***' : value]),
  );
}

/** The variables that hold no secret, by name or by value, and the names of the others. */
export function splitSecrets(
  values: Values,
  redactor: Redactor,
): { readonly open: Values; readonly withheld: readonly string[] } {
  const entries = Object.entries(values);
  const isOpen = ([name, value]: readonly [string, Value]): boolean =>
    !holdsSecret(name, value) && redactor.data(value) === value;
  return {
    open: Object.fromEntries(entries.filter(isOpen)),
    withheld: entries.filter((entry) => !isOpen(entry)).map(([name]) => name),
  };
}

function holdsSecret(name: string, value: Value): boolean {
  if (secretName.test(name)) return true;
  if (isList(value)) return value.some((one) => holdsSecret('', one));
  return isValues(value) && Object.entries(value).some(([inner, one]) => holdsSecret(inner, one));
}

/** A variable whose template is wrong, or needs a host, is no secret that is known now. */
function valueOf(scope: Scope, name: string): Value | undefined {
  try {
    return scope.get(name);
  } catch {
    return undefined;
  }
}
