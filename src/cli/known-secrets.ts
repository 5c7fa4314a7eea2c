import type { Connection } from '../base/connection.ts';
import type { Redactor } from '../base/redactor.ts';
import type { Value, Values } from '../base/value.ts';
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

/** Variables as they may be stored: without values that are secrets by name. */
export function withoutSecrets(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, secretName.test(name) ? '***' : value]),
  );
}

/** A variable whose template is wrong, or needs a host, is no secret that is known now. */
function valueOf(scope: Scope, name: string): Value | undefined {
  try {
    return scope.get(name);
  } catch {
    return undefined;
  }
}
