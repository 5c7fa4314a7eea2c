import { Secret } from './secret.ts';
import { secretForms } from './secret-forms.ts';

const mask = '***';

/** From and to (exclusive), in characters. */
type Range = readonly [from: number, to: number];

/**
 * Takes known secrets out of text by value: as they are, and in the forms they meet on the way (base64, JSON, URL, shell
 * quoting, see {@link secretForms}). What hides here never reaches an event, and so neither the journal nor a screen.
 */
export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;
  #longest = 0;

  /** From now on hidden. Values under four characters cannot be told from ordinary text and are not searched for. */
  add(secret: Secret | string): void {
    for (const form of secretForms(secret instanceof Secret ? secret.reveal() : secret)) this.#forms.add(form);
    this.#pattern = undefined;
  }

  /** The text with `***` for every secret in it; secrets that overlap become one `***`. */
  text(text: string): string {
    const ranges = this.ranges(text);
    if (ranges.length === 0) return text;
    let shown = '';
    let end = 0;
    for (const [from, to] of ranges) {
      shown += text.slice(end, from) + mask;
      end = to;
    }
    return shown + text.slice(end);
  }

  /** Plain data with every string in it redacted, names and numbers included; the same object when nothing was hidden. */
  data<T>(data: T): T;
  data(data: unknown): unknown {
    return this.#forms.size === 0 ? data : this.#walk(data);
  }

  /** For text that comes in pieces: a secret cut by a border is hidden all the same. */
  stream(): RedactingStream {
    return new RedactingStream(this);
  }

  /** Where secrets stand in a text, sorted, merged where they overlap. */
  ranges(text: string): Range[] {
    const merged: [number, number][] = [];
    for (const match of text.matchAll(this.#matcher())) {
      const [from, to] = [match.index, match.index + (match[1]?.length ?? 0)];
      const last = merged.at(-1);
      if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
      else if (to > from) merged.push([from, to]);
    }
    return merged;
  }

  /** Where the text's end may be the beginning of a secret; the text's length when it cannot. */
  openEnd(text: string): number {
    this.#matcher();
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      const tail = text.slice(at);
      for (const form of this.#forms) if (form.length > tail.length && form.startsWith(tail)) return at;
    }
    return text.length;
  }

  /** A look-ahead finds secrets that overlap; of two that begin together the longer one wins. */
  #matcher(): RegExp {
    if (this.#pattern === undefined) {
      const forms = [...this.#forms].toSorted((a, b) => b.length - a.length);
      this.#longest = forms[0]?.length ?? 0;
      const escaped = forms.map((form) => form.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, '\\$&'));
      this.#pattern = new RegExp(`(?=(${escaped.join('|') || '(?!)'}))`, 'g');
    }
    return this.#pattern;
  }

  #walk(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.#forms.has(String(value)) ? mask : value;
    if (typeof value !== 'object' || value === null) return value;
    let changed = false;
    const entries = Object.entries(value).map(([key, member]: [string, unknown]) => {
      const entry = [this.text(key), this.#walk(member)] as const;
      changed ||= entry[0] !== key || entry[1] !== member;
      return entry;
    });
    if (!changed) return value;
    return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
  }
}

/** Redacts one stream of text. What may be the beginning of a secret is held back until the next piece shows what it is. */
export class RedactingStream {
  readonly #redactor: Redactor;
  #held = '';
  /** So many characters at the start of what is held belong to a secret whose mask is out already. */
  #covered = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** What may be shown after this piece. */
  push(piece: string): string {
    const text = this.#held + piece;
    return this.#show(text, this.#redactor.openEnd(text));
  }

  /** The rest: nothing more comes. */
  end(): string {
    return this.#show(this.#held, this.#held.length);
  }

  #show(text: string, until: number): string {
    let shown = '';
    let end = this.#covered;
    for (const [from, to] of this.#redactor.ranges(text)) {
      if (from >= until) break;
      // A range that begins in the covered part goes on with a mask that is out already.
      if (from >= this.#covered) shown += text.slice(end, from) + mask;
      end = Math.max(end, to);
    }
    shown += text.slice(end, Math.max(end, until));
    this.#held = text.slice(until);
    this.#covered = Math.max(0, end - until);
    return shown;
  }
}
