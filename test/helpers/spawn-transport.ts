import { spawn } from 'node:child_process';

import type { Program, Transport } from '../../src/transport/transport.ts';

/** A transport that starts its programs on this machine under a chosen shell: for tests of what runs over any transport. */
export function spawnTransport(shell: readonly [string, ...string[]] = ['/bin/sh', '-c'], env = process.env): Transport {
  const running = new Set<Program>();
  const [program, ...words] = shell;
  let close = (): void => {};
  const closed = new Promise<{ reason?: string }>((resolve) => {
    close = () => resolve({});
  });
  return {
    name: `spawn://${program}`,
    closed,
    start: (command) => {
      const child = spawn(program, [...words, command], { env, stdio: 'pipe' });
      const ended = new Promise<{ exitCode?: number; signal?: string }>((resolve) => {
        child.on('close', (exitCode, signal) => {
          resolve({ ...(exitCode !== null && { exitCode }), ...(signal !== null && { signal }) });
        });
      });
      const started: Program = { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, close: () => child.stdin.destroy() };
      running.add(started);
      void ended.then(() => running.delete(started));
      return Promise.resolve(started);
    },
    close: async () => {
      for (const started of running) started.close();
      await Promise.all([...running].map(({ ended }) => ended));
      close();
    },
  };
}
