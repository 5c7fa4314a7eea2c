import type { Diagnostic, Span } from '../base/diagnostic.ts';
import { formatSpan } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';

/** Gathers everything that is wrong, each problem once, so that all of it can be shown together. */
export class Problems {
  readonly #found = new Map<string, Diagnostic>();

  error(span: Span, message: string, hint?: string): void {
    this.add([{ severity: 'error', span, message, ...(hint !== undefined && { hint }) }]);
  }

  warning(span: Span, message: string, hint?: string): void {
    this.add([{ severity: 'warning', span, message, ...(hint !== undefined && { hint }) }]);
  }

  add(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      const key = `${formatSpan(diagnostic.span)} ${diagnostic.message}`;
      if (!this.#found.has(key)) this.#found.set(key, diagnostic);
    }
  }

  /** Runs `work`; problems it throws are gathered and it gives undefined. */
  try<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#gather(error);
      return undefined;
    }
  }

  /** The same for work that waits. */
  async tryAsync<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#gather(error);
      return undefined;
    }
  }

  get all(): readonly Diagnostic[] {
    return [...this.#found.values()];
  }

  get warnings(): readonly Diagnostic[] {
    return this.all.filter(({ severity }) => severity === 'warning');
  }

  get hasErrors(): boolean {
    return this.all.some(({ severity }) => severity === 'error');
  }

  /** @throws ConfigError with everything, warnings included, when there is an error. */
  throwIfAny(): void {
    if (this.hasErrors) throw new ConfigError(this.all);
  }

  #gather(error: unknown): void {
    if (!(error instanceof ConfigError)) throw error;
    this.add(error.diagnostics);
  }
}
