import { assertNever } from '../base/assert-never.ts';
import type { Connection } from '../base/connection.ts';
import type { ConnectEnvironment } from './environment.ts';
import { LoginLimits } from './limits.ts';
import { SshConfig } from './ssh-config.ts';
import type { Transport } from './transport.ts';

/**
 * Opens a connection to a host.
 * @throws UnreachableError with a hint that says what to do, or the reason of `signal` when it is aborted.
 */
export type Connect = (connection: Connection, options?: { readonly signal?: AbortSignal }) => Promise<Transport>;

/**
 * Makes the one `connect` of a run. Its connections share what can be shared: parsed keys and known hosts, jump hosts, the limits on
 * simultaneous logins. There is nothing to close beside the transports.
 */
export function createConnect(environment: ConnectEnvironment): Connect {
  const sshConfig = new SshConfig(environment);
  const limits = new LoginLimits();
  // Loaded when first needed: ssh2 costs 100 ms, which a local run need not pay.
  const ssh2 = once(async () => {
    const { Ssh2Connector } = await import('./ssh2.ts');
    return new Ssh2Connector(environment, sshConfig, limits);
  });
  const openssh = once(async () => {
    const { OpensshConnector } = await import('./openssh.ts');
    return new OpensshConnector(environment, sshConfig, limits);
  });
  const local = once(() => import('./local.ts'));
  return async (connection, { signal } = {}) => {
    signal?.throwIfAborted();
    switch (connection.transport) {
      case 'ssh2':
        return (await ssh2()).connect(connection, signal);
      case 'openssh':
        return (await openssh()).connect(connection, signal);
      case 'local':
        return new (await local()).LocalTransport(environment);
      default:
        return assertNever(connection.transport);
    }
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
