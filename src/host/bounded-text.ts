const limitBytes = 1024 * 1024;

/** Collects output as bytes, so that characters split over packets stay whole; keeps the last MiB. */
export class BoundedText {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) > limitBytes) {
      const first = this.#chunks.shift();
      this.#bytes -= first?.length ?? 0;
      this.#dropped += first?.length ?? 0;
    }
  }

  toString(): string {
    const bytes = Buffer.concat(this.#chunks);
    const start = characterAt(bytes, bytes.length - limitBytes);
    const text = bytes.toString('utf8', start);
    const dropped = this.#dropped + start;
    return dropped === 0 ? text : `[${dropped} bytes before this were dropped]\n${text}`;
  }
}

/** The first place from `at` on where a character begins, in UTF-8. */
function characterAt(bytes: Buffer, at: number): number {
  let place = Math.max(0, at);
  while (place > 0 && ((bytes[place] ?? 0) & 0xc0) === 0x80) place++;
  return place;
}
