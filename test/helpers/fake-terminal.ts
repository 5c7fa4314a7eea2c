import type { Terminal } from '../../src/report/live-screen.ts';

/**
 * A terminal as far as the live view uses one: lines that wrap and scroll, cursor up, erase below, a hidden cursor. Colours
 * are dropped. Anything else that looks like an escape sequence throws.
 */
export class FakeTerminal implements Terminal {
  columns: number;
  rows: number;
  cursorVisible = true;
  writes = 0;
  /** Everything that was ever on the screen, scrolled away or not. */
  readonly lines: string[] = [''];
  #row = 0;
  readonly #listeners = new Set<() => void>();

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  /** What is on the screen, without trailing empty lines. */
  get screen(): string {
    return this.lines.join('\n').trimEnd();
  }

  onResize(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  resize(columns: number, rows: number): void {
    // As most terminals do: what is there is wrapped anew.
    this.columns = columns;
    this.rows = rows;
    const before = this.lines.splice(0);
    this.lines.push(
      ...before.flatMap((line) => (line === '' ? [''] : (line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []))),
    );
    this.#row = this.lines.length - 1;
    for (const listener of this.#listeners) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  write(text: string): void {
    this.writes++;
    // oxlint-disable-next-line no-control-regex -- escape sequences are the subject
    for (const [part] of text.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\u001b|\n|\r|[^\u001b\n\r]+/g)) this.#part(part);
  }

  #part(part: string): void {
    const up = /^.\[(\d+)A$/s.exec(part);
    if (up !== null) this.#row = Math.max(this.lines.length - this.rows, this.#row - Number(up[1]), 0);
    else if (part === '\u001b[J') this.lines.splice(this.#row, Infinity, '');
    else if (part === '\u001b[?25l') this.cursorVisible = false;
    else if (part === '\u001b[?25h') this.cursorVisible = true;
    else if (part === '\n') this.#newline();
    else if (/^.\[\d+m$/s.test(part) || part === '\r') return;
    else if (part.startsWith('\u001b')) throw new Error(`unexpected ${JSON.stringify(part)}`);
    else this.lines[this.#row] = (this.lines[this.#row] ?? '') + part;
  }

  #newline(): void {
    this.#row++;
    if (this.lines[this.#row] === undefined) this.lines.push('');
  }
}
