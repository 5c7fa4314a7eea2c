import type { Readable, Writable } from 'node:stream';

/** How a remote program ended. Neither a code nor a signal: the connection was lost, or we let go of the program. */
export interface ProgramEnd {
  readonly exitCode?: number;
  readonly signal?: string;
}

/** A program running on the host. Both outputs must be read, or it stalls. */
export interface Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles once, when the program has ended and its output is through, or the connection is lost. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Lets go of the program at once; the host notices that its stdin closed. */
  close(): void;
}

/**
 * A connection to one machine: a way to start programs there. Everything else (sessions, files, becoming root) is built
 * on this by `host/`.
 */
export interface Transport {
  /** For messages: "ssh2://ops@10.0.0.5:22". Holds no secret. */
  readonly name: string;
  /**
   * Starts `command` under the login shell (which may be bash, dash, fish, csh: the caller keeps to what all understand).
   * Over SSH it waits while six programs run; whoever keeps programs open keeps fewer than that.
   * @throws UnreachableError when the connection is lost or refuses a further channel.
   */
  start(command: string): Promise<Program>;
  /** Settles when the connection is gone, whatever the reason. Never rejects. */
  readonly closed: Promise<{ readonly reason?: string }>;
  /** Ends the connection; safe to call twice. */
  close(): Promise<void>;
}
