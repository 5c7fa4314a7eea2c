import { assertNever } from '../base/assert-never.ts';
import type { Connection } from '../base/connection.ts';
import { within } from './deadline.ts';
import type { ConnectEnvironment } from './environment.ts';
import { shakeHands } from './handshake.ts';
import { HostKeyCheck } from './host-key-check.ts';
import { JumpHosts } from './jump-hosts.ts';
import { KnownHostsFiles } from './known-hosts-files.ts';
import type { LoginLimits } from './limits.ts';
import { Login } from './login.ts';
import { PrivateKeys } from './private-keys.ts';
import { openCommand, openSocket, openTunnel, type OpenRoute } from './route.ts';
import { Ssh2Transport } from './ssh2-transport.ts';
import type { SshConfig } from './ssh-config.ts';
import { resolveTarget, routeName, type Target } from './target.ts';

interface Route {
  readonly open: OpenRoute;
  release(): void;
}

/** Opens SSH connections with node-ssh and ssh2, and keeps what they share: keys, known hosts, jump hosts. */
export class Ssh2Connector {
  readonly #environment: ConnectEnvironment;
  readonly #sshConfig: SshConfig;
  readonly #limits: LoginLimits;
  readonly #keys = new PrivateKeys();
  readonly #knownHosts = new KnownHostsFiles();
  // A jump host is shared, so it does not end with the one host that asked for it first.
  readonly #jumpHosts = new JumpHosts((connection, trail) => this.#open(connection, trail, undefined));

  constructor(environment: ConnectEnvironment, sshConfig: SshConfig, limits: LoginLimits) {
    this.#environment = environment;
    this.#sshConfig = sshConfig;
    this.#limits = limits;
  }

  /** @throws UnreachableError, or the reason of `signal`. */
  connect(connection: Connection, signal: AbortSignal | undefined): Promise<Ssh2Transport> {
    return this.#open(connection, [], signal);
  }

  async #open(
    connection: Connection,
    trail: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Ssh2Transport> {
    const target = await resolveTarget(connection, this.#sshConfig, this.#environment, trail.length > 0);
    const route = await this.#find(target, connection, trail, signal);
    try {
      const transport = await this.#limits.run(routeName(target), () => this.#attempt(target, route, signal), signal);
      void transport.closed.then(() => route.release());
      return transport;
    } catch (error) {
      route.release();
      throw error;
    }
  }

  async #attempt(target: Target, route: Route, signal: AbortSignal | undefined): Promise<Ssh2Transport> {
    const [login, hostKey] = await Promise.all([
      Login.prepare(target, this.#keys),
      HostKeyCheck.prepare(target, this.#knownHosts),
    ]);
    return within(target.timeoutMs, signal, async (bounded) => {
      const sock = await route.open(bounded);
      const client = await shakeHands(sock, { target, login, hostKey, signal: bounded });
      const transport = new Ssh2Transport(client, sock, target);
      try {
        await hostKey.remember();
        return transport;
      } catch (error) {
        await transport.close();
        throw error;
      }
    });
  }

  async #find(
    target: Target,
    connection: Connection,
    trail: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Route> {
    const { way } = target;
    switch (way.kind) {
      case 'direct':
        return { open: (bounded) => openSocket(target, bounded), release: () => {} };
      case 'command':
        return { open: async () => openCommand(target, way.command, this.#environment), release: () => {} };
      case 'jump': {
        const lease = await this.#jumpHosts.lease(way.through, connection, trail, signal);
        return { open: (bounded) => openTunnel(target, lease.tunnel, bounded), release: () => lease.release() };
      }
      default:
        return assertNever(way);
    }
  }
}
