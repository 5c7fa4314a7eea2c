import { displayWidth } from './width.ts';

/** What a live view needs of a terminal. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  /** Returns how to stop listening. */
  onResize(listener: () => void): () => void;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const eraseBelow = '\u001b[J';

/**
 * The bottom of a terminal that is drawn again and again, below lines that stay. A frame never wraps when it is drawn; one
 * that wraps later, because the window got narrower, is counted by the rows it takes then.
 */
export class LiveScreen {
  readonly #terminal: Terminal;
  #frame: readonly string[] = [];
  readonly #pending: string[] = [];
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#terminal.write(hideCursor);
  }

  /** Lines that stay, above the frame; they appear with the next one. */
  print(lines: readonly string[]): void {
    this.#pending.push(...lines);
  }

  /** Draws a frame in the place of the last one. Writes once, and nothing when nothing changed. */
  draw(frame: readonly string[]): void {
    const same = frame.length === this.#frame.length && frame.every((line, i) => line === this.#frame[i]);
    if (same && this.#pending.length === 0) return;
    const lines = [...this.#pending.splice(0), ...frame].map((line) => `${line}\n`);
    this.#terminal.write(this.#erase() + lines.join(''));
    this.#frame = frame;
  }

  /** Draws the frame again after a resize. */
  redraw(): void {
    const frame = this.#frame;
    this.#terminal.write(this.#erase());
    this.#frame = [];
    this.draw(frame);
  }

  /** Takes the frame away, writes what is pending, and gives the cursor back. Safe to call at any time, and twice. */
  close(): void {
    this.draw([]);
    if (this.#open) this.#terminal.write(showCursor);
    this.#open = false;
  }

  #erase(): string {
    const columns = Math.max(1, this.#terminal.columns);
    const rows = this.#frame.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
    return rows === 0 ? '' : `\u001b[${rows}A\r${eraseBelow}`;
  }
}
