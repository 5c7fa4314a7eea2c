import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A server of a test, which dies with the test however the test ends. */
export interface Daemon {
  readonly pid: number;
  /** What it has written to stderr so far. */
  readonly log: () => string;
  /** Waits until the log matches. Rejects when the daemon ends first. */
  readonly logged: (pattern: RegExp) => Promise<void>;
  /** Its child processes: for an sshd, one for each connection. */
  readonly children: () => number[];
  stop(): Promise<void>;
}

// The shell waits on a pipe from us, which the kernel closes when we are gone.
const keeper = '"$@" </dev/null >/dev/null & echo $!; cat >/dev/null; kill $!; wait';

/** Starts a program that stays in the foreground and logs to stderr. */
export async function startDaemon(file: string, args: readonly string[]): Promise<Daemon> {
  const shell = spawn('/bin/sh', ['-c', keeper, 'sh', file, ...args], { stdio: 'pipe' });
  let log = '';
  const listeners = new Set<() => void>();
  shell.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
    for (const listener of listeners) listener();
  });
  const ended = new Promise<void>((resolve) => shell.once('close', () => resolve()));
  const pid = await new Promise<number>((resolve) =>
    shell.stdout.once('data', (data: Buffer) => resolve(Number(data))),
  );
  const children = (): number[] => childrenOf(pid);
  return {
    pid,
    log: () => log,
    children,
    logged: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(log)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        void ended.then(() => reject(new Error(`${file} ended: ${log}`)));
        shell.stderr.once('end', () => reject(new Error(`${file} ended: ${log}`)));
        look();
      }),
    stop: async () => {
      const left = children();
      shell.stdin.end();
      for (const child of left) kill(child);
      await ended;
    },
  };
}

/** Ends a process at once; one that is gone already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => parentOf(pid) === parent).map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    // "pid (name, which may hold anything) state ppid ...": proc(5).
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S+ /s, '')
        .split(' ')[0],
    );
  } catch {
    return undefined;
  }
}
