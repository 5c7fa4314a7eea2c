import { Deferred } from '../base/deferred.ts';
import { UnreachableError } from '../base/errors.ts';
import { ChildProgram } from './child-program.ts';
import type { ConnectEnvironment } from './environment.ts';
import { messageOf } from './system-error.ts';
import type { Transport } from './transport.ts';

/** Runs programs on this machine, under /bin/sh instead of the login shell. */
export class LocalTransport implements Transport {
  readonly name = 'local://';
  readonly closed: Promise<{ readonly reason?: string }>;
  readonly #environment: ConnectEnvironment;
  readonly #programs = new Set<ChildProgram>();
  readonly #closed = new Deferred<{ readonly reason?: string }>();
  #isClosed = false;

  constructor(environment: ConnectEnvironment) {
    this.#environment = environment;
    this.closed = this.#closed.promise;
  }

  async start(command: string): Promise<ChildProgram> {
    if (this.#isClosed) throw new UnreachableError('the local connection is closed');
    try {
      const program = await ChildProgram.start('/bin/sh', ['-c', command], { env: this.#environment.env });
      this.#programs.add(program);
      void program.ended.then(() => this.#programs.delete(program));
      return program;
    } catch (cause) {
      throw new UnreachableError(`cannot start /bin/sh here: ${messageOf(cause)}`, { cause });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const program of this.#programs) program.close();
    this.#closed.resolve({});
  }
}
