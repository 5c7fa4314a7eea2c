import { lastLines, sanitise } from '../../base/text.ts';
import type { TextIndex } from './run-report.ts';

/** Which part of a long text is kept. */
export interface TextBound {
  readonly lines: number;
  readonly chars: number;
  readonly keep: 'start' | 'end';
}

/** A line that is longer than this is no reading matter. */
const longestLine = 2000;

/** Texts by number, each once, all together no larger than a limit: whatever hosts print, a page of them still opens. */
export class TextTable {
  readonly texts: string[] = ['(left out: this report has reached its size; the journal has it)'];
  readonly #numbers = new Map<string, TextIndex>();
  #bytesLeft: number;
  #leftOut = 0;

  constructor(limitBytes: number) {
    this.#bytesLeft = limitBytes;
  }

  /** How many texts found no room. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Made harmless for terminals, and cut to its bound. */
  add(text: string, bound: TextBound = { lines: 20, chars: 4000, keep: 'start' }): TextIndex {
    const kept = boundText(text, bound);
    const known = this.#numbers.get(kept);
    if (known !== undefined) return known;
    const bytes = embeddedBytes(kept);
    if (bytes > this.#bytesLeft) {
      this.#leftOut++;
      return 0;
    }
    this.#bytesLeft -= bytes;
    this.#numbers.set(kept, this.texts.length);
    return this.texts.push(kept) - 1;
  }
}

/** Harmless for terminals, and no longer than the bound; what is missing is said. */
export function boundText(text: string, { lines, chars, keep }: TextBound): string {
  // Room for what sanitising takes away.
  const near = keep === 'start' ? text.slice(0, chars * 4) : text.slice(-chars * 4);
  const clean = sanitise(near).trimEnd();
  const all = clean.split('\n');
  const byLines = keep === 'start' ? all.slice(0, lines).join('\n') : lastLines(clean, lines);
  const short = byLines
    .split('\n')
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}… (${line.length} characters)` : line))
    .join('\n');
  const cut = keep === 'start' ? short.slice(0, chars) : short.slice(-chars);
  const isWhole = near.length === text.length && all.length <= lines && cut.length === short.length;
  if (isWhole) return cut;
  return keep === 'start' ? `${cut}\n… (cut here)` : `(cut before this) …\n${cut}`;
}

/** What it costs in a page: `<` is written as an escape there. */
function embeddedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) + 5 * (text.split('<').length - 1);
}
