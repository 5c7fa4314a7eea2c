import type { Duplex } from 'node:stream';

import type { Connection } from '../base/connection.ts';
import { UnreachableError } from '../base/errors.ts';
import { abortable } from './deadline.ts';

/** A connection that others can pass through. */
export interface Tunnel {
  /** @throws UnreachableError when the jump host cannot or will not connect there. */
  forward(address: string, port: number): Promise<Duplex>;
  readonly closed: Promise<unknown>;
  close(): Promise<void>;
}

/** A use of a jump host. It is closed when the last user has released it. */
export interface TunnelLease {
  readonly tunnel: Tunnel;
  release(): void;
}

interface SharedTunnel {
  readonly opening: Promise<Tunnel>;
  users: number;
}

/** One hop of a ProxyJump value. */
export interface Hop {
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
}

/** The jump hosts that are in use: one connection each, however many hosts are behind it. */
export class JumpHosts {
  readonly #connect: (connection: Connection, trail: readonly string[]) => Promise<Tunnel>;
  readonly #shared = new Map<string, SharedTunnel>();

  /** `connect` opens a connection; `trail` names the hosts that are being reached through it. */
  constructor(connect: (connection: Connection, trail: readonly string[]) => Promise<Tunnel>) {
    this.#connect = connect;
  }

  /**
   * `through` is a ProxyJump value, `connection` the host behind it, whose settings the jump hosts share.
   * @throws UnreachableError when a jump host cannot be reached, or is behind itself.
   */
  async lease(
    through: string,
    connection: Connection,
    trail: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<TunnelLease> {
    const hop = jumpConnection(through, connection);
    const key = JSON.stringify([through, hop.hostKeyPolicy, hop.knownHostsFiles, hop.privateKeyFile, hop.useSshConfig]);
    if (trail.includes(key)) throw jumpLoop(through, connection);

    const shared = this.#shared.get(key) ?? this.#share(key, hop, [...trail, key]);
    shared.users++;
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) this.#release(key, shared);
      isReleased = true;
    };
    try {
      const tunnel = await (signal ? abortable(shared.opening, signal) : shared.opening);
      return { tunnel, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #share(key: string, hop: Connection, trail: readonly string[]): SharedTunnel {
    const shared: SharedTunnel = { opening: this.#connect(hop, trail), users: 0 };
    this.#shared.set(key, shared);
    const forget = (): void => {
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
    };
    shared.opening.then((tunnel) => tunnel.closed).then(forget, forget);
    return shared;
  }

  #release(key: string, shared: SharedTunnel): void {
    shared.users--;
    if (shared.users > 0) return;
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
    shared.opening.then((tunnel) => tunnel.close()).catch(() => {});
  }
}

/** The connection to the last hop, through those before it. Its password and pinned keys are its own, not the target's. */
function jumpConnection(through: string, connection: Connection): Connection {
  const hops = through.split(',').map((hop) => hop.trim());
  const { address, user, port } = parseHop(hops.pop() ?? '');
  const {
    password: _password,
    user: _user,
    port: _port,
    movedTo: _movedTo,
    proxyJump: _proxyJump,
    ...shared
  } = connection;
  return {
    ...shared,
    address,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
    ...(hops.length > 0 && { proxyJump: hops.join(',') }),
    pinnedHostKeys: [],
  };
}

/**
 * "user@host:port", "[::1]:2222" or "ssh://user@host:port".
 * @throws UnreachableError when it is none of them.
 */
export function parseHop(text: string): Hop {
  const pattern = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s[\]/]+))(?::(\d{1,5}))?\/?$/;
  const [, user, bracketed, bare, port] = pattern.exec(text) ?? [];
  const address = bracketed ?? bare;
  if (address === undefined) {
    throw new UnreachableError(`"${text}" is not a jump host`, {
      hint: 'Write user@host:port, with commas in between.',
    });
  }
  return { address, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) };
}

function jumpLoop(through: string, { host }: Connection): UnreachableError {
  return new UnreachableError(`the jump host ${through} of ${host} is to be reached through itself`, {
    hint: `Add "Host ${through}" with "ProxyJump none" to ~/.ssh/config.`,
  });
}
