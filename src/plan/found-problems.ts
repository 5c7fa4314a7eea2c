import { formatSpan } from '../base/diagnostic.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';

/** Problems found host by host: each is told once, with the hosts that have it when others do not. */
export class FoundProblems {
  readonly #found = new Map<string, { readonly diagnostic: Diagnostic; readonly hosts: Set<string> }>();

  add(diagnostics: readonly Diagnostic[], hosts: readonly string[]): void {
    for (const diagnostic of diagnostics) {
      const key = `${formatSpan(diagnostic.span)} ${diagnostic.message}`;
      const entry = this.#found.get(key) ?? { diagnostic, hosts: new Set() };
      for (const host of hosts) entry.hosts.add(host);
      this.#found.set(key, entry);
    }
  }

  /** Runs a check for some hosts; what it throws is remembered for them. */
  async try<T>(hosts: readonly string[], check: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.add(error.diagnostics, hosts);
      return undefined;
    }
  }

  /** `total` is how many hosts were looked at. */
  all(total: number): readonly Diagnostic[] {
    return [...this.#found.values()].map(({ diagnostic, hosts }) => {
      if (hosts.size === total) return diagnostic;
      return Object.assign({}, diagnostic, { message: `${diagnostic.message} on ${some([...hosts])}` });
    });
  }
}

function some([first, ...others]: readonly string[]): string {
  if (others.length === 0) return first ?? '';
  return `${first} and ${others.length === 1 ? others[0] : `${others.length} others`}`;
}
