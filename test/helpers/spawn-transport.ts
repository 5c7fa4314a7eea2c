import { Deferred } from '../../src/base/deferred.ts';
import { ChildProgram } from '../../src/transport/child-program.ts';
import type { Program, Transport } from '../../src/transport/transport.ts';

/** A transport that starts its programs on this machine under a chosen shell: for tests of what runs over any transport. */
export function spawnTransport(
  shell: readonly [string, ...string[]] = ['/bin/sh', '-c'],
  env = process.env,
): Transport {
  const running = new Set<Program>();
  const [program, ...words] = shell;
  const closed = new Deferred<{ readonly reason?: string }>();
  return {
    name: `spawn://${program}`,
    closed: closed.promise,
    start: async (command) => {
      const started = await ChildProgram.start(program, [...words, command], { env });
      running.add(started);
      void started.ended.then(() => running.delete(started));
      return started;
    },
    close: async () => {
      for (const started of running) started.close();
      closed.resolve({});
    },
  };
}
