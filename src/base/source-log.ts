import { sha256Hex } from './digest.ts';

/**
 * Which files of the controller were read, by absolute path, and the SHA-256 of what was in them: a saved plan rests on
 * them. Of a file that was read more than once, the first reading counts.
 */
export class SourceLog {
  readonly #sums = new Map<string, string>();

  /** Remembers a file and returns its text. */
  text(file: string, content: Buffer): string {
    this.note(file, sha256Hex(content));
    return content.toString('utf8');
  }

  note(file: string, sha256: string): void {
    if (!this.#sums.has(file)) this.#sums.set(file, sha256);
  }

  /** In the order in which they were first read. */
  get sums(): ReadonlyMap<string, string> {
    return this.#sums;
  }
}
