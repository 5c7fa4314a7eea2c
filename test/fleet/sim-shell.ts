import type { SimHost } from './sim-host.ts';
import { runScript, type SimOutput } from './sim-script.ts';

const newline = 0x0a;

/** How long scripts take on the hosts of a fleet, and how many run at a time. */
export class SimWork {
  most = 0;
  #running = 0;
  readonly #scriptMs: number;

  constructor(scriptMs: number) {
    this.#scriptMs = scriptMs;
  }

  /** Does it when the script's time is over. */
  during(end: () => void): void {
    this.most = Math.max(this.most, ++this.#running);
    const finish = (): void => {
      this.#running--;
      end();
    };
    if (this.#scriptMs === 0) finish();
    else setTimeout(finish, this.#scriptMs);
  }
}

/**
 * The shell of a simulated host as the program of `src/host/remote-loop.ts` is met there: the boot lines first, then framed
 * requests. Scripts cannot be ended early.
 */
export class SimShell {
  readonly #host: SimHost;
  readonly #output: SimOutput;
  readonly #end: () => void;
  readonly #work: SimWork;
  #input: Buffer = Buffer.alloc(0);
  #nonce: string | undefined;
  /** Boot lines that are still to come; undefined before the first one has said how many. */
  #bootLines: number | undefined;

  constructor(host: SimHost, output: SimOutput, { work, end }: { readonly work: SimWork; readonly end: () => void }) {
    this.#host = host;
    this.#work = work;
    this.#output = output;
    this.#end = end;
  }

  push(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    while (this.#takeOne());
  }

  /** @returns false when more must come first */
  #takeOne(): boolean {
    const end = this.#input.indexOf(newline);
    if (end < 0) return false;
    const line = this.#input.toString('utf8', 0, end);
    if (this.#nonce === undefined) {
      this.#input = this.#input.subarray(end + 1);
      this.#boot(line);
      return true;
    }
    const [kind = '', id = '', first = '0', second = '0'] = line.split(' ');
    const from = end + 1;
    const isRequest = kind === 'R';
    const scriptSize = isRequest ? Number(first) : this.#sizeOfLines(from, kind === 'F' ? Number(first) : 0);
    const stdinSize = isRequest ? Number(second) : 0;
    // A line with a dot says that all of a request has come.
    const size = scriptSize + stdinSize + (isRequest ? 2 : 0);
    if (this.#input.length < from + size) return false;
    const script = this.#input.toString('utf8', from, from + scriptSize);
    const stdin = Buffer.from(this.#input.subarray(from + scriptSize, from + scriptSize + stdinSize));
    this.#input = this.#input.subarray(from + size);
    this.#answer(kind, id, script, stdin);
    return true;
  }

  /** Infinite when they have not all come. */
  #sizeOfLines(from: number, count: number): number {
    let at = from;
    for (let line = 0; line < count; line++) {
      const end = this.#input.indexOf(newline, at);
      if (end < 0) return Infinity;
      at = end + 1;
    }
    return at - from;
  }

  #boot(line: string): void {
    if (this.#bootLines === undefined) {
      this.#bootLines = Number(/while \[ \$n -lt (\d+) \]/.exec(line)?.[1] ?? 0);
    } else if (this.#bootLines > 0) {
      this.#bootLines--;
    } else {
      this.#nonce = line;
      this.#output.stdout(`${line}H 4711 0 root;`);
    }
  }

  #answer(kind: string, id: string, script: string, stdin: Buffer): void {
    const nonce = this.#nonce ?? '';
    if (kind === 'R' || kind === 'F') {
      this.#work.during(() => {
        const exitCode = runScript(this.#host, script, stdin, this.#output);
        this.#output.stderr(`${nonce}E ${id} ${exitCode};`);
        this.#output.stdout(`${nonce}E ${id} ${exitCode};`);
        if (kind === 'F') this.#leave();
      });
    } else if (kind === 'P') {
      this.#output.stdout(`${nonce}P ${id} 0;`);
    } else if (kind === 'Q') {
      this.#leave();
    }
  }

  #leave(): void {
    this.#output.stdout(`${this.#nonce ?? ''}Q;`);
    this.#end();
  }
}
