import type { Terminal } from '../report/live-screen.ts';

/** This process as commands see it. Commands use nothing else of it, so tests run them without starting one. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** True when questions can be asked: stdin and stderr are a terminal. */
  readonly canAsk: boolean;
  readonly pid: number;
}

export interface Output {
  /** Never throws; once nobody reads any more, nothing happens. */
  write(text: string): void;
  /** Undefined for a pipe or a file. */
  readonly terminal: Terminal | undefined;
  /** Whether colours are wanted: a terminal that can, and no NO_COLOR (https://no-color.org). */
  readonly colour: boolean;
}

/** The real process. */
export function systemIo(): Io {
  const [stdout, stderr] = [systemOutput(process.stdout), systemOutput(process.stderr)];
  return {
    cwd: process.cwd(),
    env: process.env,
    stdout,
    stderr: {
      ...stderr,
      write(text) {
        // In one file, both are to be read in the order in which they were written.
        stdout.flush();
        stderr.write(text);
      },
    },
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    pid: process.pid,
  };
}

/**
 * A reader that goes away (`k3sbox runs show | head`) is no error, and no reason to stop a run. What is written to a pipe or a file while
 * packets of hosts are read goes there at once: each write is a system call.
 */
function systemOutput(stream: NodeJS.WriteStream): Output & { readonly flush: () => void } {
  let open = true;
  let waiting = '';
  stream.on('error', () => {
    open = false;
  });
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    if (open && text !== '') stream.write(text);
  };
  let isUsed = false;
  const write = (text: string): void => {
    if (!isUsed) process.once('exit', flush);
    isUsed = true;
    if (waiting === '') setImmediate(flush);
    waiting += text;
    if (stream.isTTY) flush();
  };
  return { write, flush, terminal: terminalOf(stream, write), colour: wantsColour(stream, process.env) };
}

function terminalOf(stream: NodeJS.WriteStream, write: (text: string) => void): Terminal | undefined {
  if (!stream.isTTY) return undefined;
  return {
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    write,
    onResize(listener) {
      stream.on('resize', listener);
      return () => stream.off('resize', listener);
    },
  };
}

function wantsColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY && env['TERM'] !== 'dumb';
}
