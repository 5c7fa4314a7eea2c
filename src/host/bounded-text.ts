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
    const text = Buffer.concat(this.#chunks).toString('utf8');
    return this.#dropped === 0 ? text : `[${this.#dropped} bytes before this were dropped]\n${text}`;
  }
}
