import { createServer, type Socket } from 'node:net';

import ssh2, { type Connection, type ServerChannel } from 'ssh2';

import { hostOf } from './addresses.ts';
import { SimHost } from './sim-host.ts';
import { SimShell, SimWork } from './sim-shell.ts';

export interface FleetServerOptions {
  readonly hosts: number;
  /** Hosts, by number from 0, that have no /srv: what is written there fails. */
  readonly broken: ReadonlySet<number>;
  /** How long each script takes. */
  readonly scriptMs: number;
  /** A private key in OpenSSH's form. */
  readonly hostKey: string;
}

export interface FleetServer {
  readonly port: number;
  /** Connections that are open, and the most there ever were. */
  readonly connections: () => { readonly open: number; readonly most: number };
  readonly work: SimWork;
  readonly hosts: readonly SimHost[];
  close(): void;
}

const directories = ['/etc', '/opt', '/root', '/tmp'];

/** SSH servers for a fleet of simulated hosts: one port, and an address below 127.0.0.0/8 for each host. */
export async function serveFleet(options: FleetServerOptions): Promise<FleetServer> {
  const { hosts: count, broken, scriptMs, hostKey } = options;
  const work = new SimWork(scriptMs);
  const hosts = Array.from(
    { length: count },
    (_, i) => new SimHost(`h${i + 1}`, broken.has(i) ? directories : [...directories, '/srv']),
  );
  const open = new Set<Socket>();
  let most = 0;
  const server = createServer((socket) => {
    const host = hosts[hostOf(socket.localAddress ?? '') ?? -1];
    if (host === undefined) {
      socket.destroy();
      return;
    }
    open.add(socket);
    most = Math.max(most, open.size);
    socket.setNoDelay(true);
    socket.on('close', () => open.delete(socket));
    new ssh2.Server({ hostKeys: [hostKey] }, (client) => serve(client, host, work)).injectSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '0.0.0.0', backlog: 1024 }, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    connections: () => ({ open: open.size, most }),
    work,
    hosts,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

function serve(client: Connection, host: SimHost, work: SimWork): void {
  // What is tried is what comes after the login.
  client.on('authentication', (context) => context.accept());
  client.on('error', () => {});
  client.on('session', (accept) => {
    accept().on('exec', (acceptExec, _reject, { command }) => startProgram(host, command, acceptExec(), work));
  });
}

/** The login shell of a simulated host starts nothing but the shell that k3sbox asks for, as root or through sudo. */
function startProgram(host: SimHost, command: string, channel: ServerChannel, work: SimWork): void {
  const [, up] = /^exec (?:sudo .*)?\/bin\/sh -c '(?:echo (\w+);)?IFS= read -r b&&eval "\$b"'$/.exec(command) ?? [];
  channel.on('error', () => {});
  if (up !== undefined) channel.write(`${up}\n`);
  const shell = new SimShell(
    host,
    { stdout: (text) => channel.write(text), stderr: (text) => channel.stderr.write(text) },
    {
      work,
      end() {
        channel.exit(0);
        channel.end();
      },
    },
  );
  channel.on('data', (chunk: Buffer) => shell.push(chunk));
  channel.on('end', () => channel.close());
}
