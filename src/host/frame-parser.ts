const semicolon = 0x3b;

/**
 * Cuts a byte stream into data and frames (`<nonce>payload;`), wherever the chunks break. Data that could be the start of
 * a nonce is held back until it is clear what it is.
 */
export class FrameParser {
  readonly #nonce: Buffer;
  readonly #onData: (data: Buffer) => void;
  readonly #onFrame: (frame: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(nonce: string, onData: (data: Buffer) => void, onFrame: (frame: string) => void) {
    this.#nonce = Buffer.from(nonce);
    this.#onData = onData;
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = Buffer.alloc(0);
    for (;;) {
      const start = bytes.indexOf(this.#nonce);
      if (start < 0) {
        const held = this.#possibleNonce(bytes);
        if (bytes.length > held) this.#onData(bytes.subarray(0, bytes.length - held));
        this.#rest = Buffer.from(bytes.subarray(bytes.length - held));
        return;
      }
      if (start > 0) this.#onData(bytes.subarray(0, start));
      const end = bytes.indexOf(semicolon, start + this.#nonce.length);
      if (end < 0) {
        this.#rest = Buffer.from(bytes.subarray(start));
        return;
      }
      // A frame whose writer was killed is lost; it must not swallow the next one.
      const last = bytes.lastIndexOf(this.#nonce, end);
      this.#onFrame(bytes.toString('utf8', last + this.#nonce.length, end));
      bytes = bytes.subarray(end + 1);
    }
  }

  /** How many of the last bytes might begin a nonce. */
  #possibleNonce(bytes: Buffer): number {
    let held = Math.min(this.#nonce.length - 1, bytes.length);
    while (held > 0 && !bytes.subarray(bytes.length - held).equals(this.#nonce.subarray(0, held))) held--;
    return held;
  }
}
