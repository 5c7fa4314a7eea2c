import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Connection } from '../../src/base/connection.ts';
import { createConnect, type Connect } from '../../src/transport/connect.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { connectionsTo, environmentFor, failureOf, greet, hello } from '../helpers/connecting.ts';
import { makeKey, startSshd, type Sshd, type SshdOptions } from '../helpers/sshd.ts';

const started: Sshd[] = [];
const start = async (options?: SshdOptions): Promise<Sshd> => {
  const sshd = await startSshd(options);
  started.push(sshd);
  return sshd;
};
let sshd: Sshd;
let connect: Connect;
beforeAll(async () => {
  sshd = await start();
  connect = createConnect(environmentFor(sshd.folder));
});
afterAll(() => Promise.all(started.map((server) => server.stop())));

async function failure(overrides: Partial<Connection>): Promise<string> {
  const text = await failureOf(connect(sshd.connection(overrides)), sshd);
  return text.replaceAll(String(overrides.port), 'PORT');
}

describe('a host that cannot be reached', () => {
  const servers: Server[] = [];
  const serve = async (talk: (socket: Socket) => void): Promise<Partial<Connection>> => {
    const server = createServer(talk).listen(0, sshd.address);
    servers.push(server);
    await once(server, 'listening');
    return { port: portOf(server), connectTimeoutMs: 300 };
  };
  afterAll(() => servers.forEach((server) => server.close()));

  test('because nothing listens says so', async () => {
    expect(await failure({ port: 1 })).toMatchInlineSnapshot(`
      "HOST:PORT refuses connections
      Is sshd running there, and on that port?"
    `);
  });

  test('because its name is unknown says so', async () => {
    expect(await failure({ address: 'no-such-host.invalid' })).toMatch(
      /the name no-such-host.invalid cannot be resolved/,
    );
  });

  test('because it is silent is given up in time', async () => {
    expect(await failure(await serve(() => {}))).toMatchInlineSnapshot(`
      "no answer from HOST:PORT within 0.3 s (waiting for the SSH greeting)
      Something listens there but does not speak SSH, or the host is overloaded."
    `);
  });

  test('because it says hello and then nothing is given up in time', async () => {
    expect(await failure(await serve((socket) => socket.write('SSH-2.0-slow\r\n')))).toMatchInlineSnapshot(`
      "no answer from HOST:PORT within 0.3 s (exchanging keys)
      A broken network (MTU) or an overloaded host does that."
    `);
  });

  test('because something else listens there shows what it said', async () => {
    const server = await serve((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 \u001b[31mBad Request\r\n\r\n');
    });

    expect(await failure({ ...server, connectTimeoutMs: 5000 })).toMatchInlineSnapshot(`
      "HOST:PORT closed the connection before the SSH greeting, saying "HTTP/1.1 400 Bad Request"
      It does not speak SSH: is the port right?"
    `);
  });

  test('because the run was stopped fails with the reason of the signal, at every stage', async () => {
    const reason = new Error('stopped by hand');
    const silent = sshd.connection(await serve(() => {}));
    const stopping = new AbortController();
    const connecting = connect({ ...silent, connectTimeoutMs: 10_000 }, { signal: stopping.signal });
    stopping.abort(reason);

    await expect(connecting).rejects.toBe(reason);
    await expect(connect(silent, { signal: stopping.signal })).rejects.toBe(reason);
  });

  test('because it has only post-quantum key exchange points to the system ssh, which connects', async () => {
    const quantum = await start({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });

    expect(await failureOf(connect(quantum.connection()), quantum)).toMatchInlineSnapshot(`
      "HOST:PORT and k3sbox have no key exchange algorithm in common
      Set \`ansible_connection: openssh\` for this host: the system's ssh knows more algorithms, the post-quantum ones among them."
    `);
    expect(await greet(connect(quantum.connection({ transport: 'openssh' })))).toBe('hello');
  });
});

describe('limits', () => {
  test('twenty connections to a host that takes two logins at a time all succeed', async () => {
    const narrow = await start({ config: ['MaxStartups 2'] });
    const transports = await Promise.all(Array.from({ length: 20 }, () => connect(narrow.connection())));

    expect(await Promise.all(transports.map(hello))).toEqual(transports.map(() => 'hello'));
    await Promise.all(transports.map((transport) => transport.close()));
  });

  test('twenty programs on a host that takes two sessions at a time all succeed', async () => {
    const narrow = await start({ config: ['MaxSessions 2'] });
    const transport = await connect(narrow.connection());

    const said = await Promise.all(Array.from({ length: 20 }, () => hello(transport)));

    expect(said).toEqual(said.map(() => 'hello'));
    await transport.close();
  });

  test('a program too many is refused with the option that would allow it', async () => {
    const narrow = await start({ config: ['MaxSessions 1'] });
    const transport = await connect(narrow.connection());
    const first = await transport.start('cat');

    await expect(transport.start('true')).rejects.toMatchObject({
      message: expect.stringMatching(/does not start another program beside 1/),
      hint: expect.stringMatching(/MaxSessions/),
    });
    first.close();
    await transport.close();
  });

  test('too many keys are said to be too many', async () => {
    const strict = await start({ config: ['MaxAuthTries 2'] });
    const keys = await Promise.all(
      (['ecdsa', 'rsa', 'ed25519'] as const).map((kind) => makeKey(strict.folder, 'k', kind)),
    );
    const sshConfigFile = join(strict.folder, 'config');
    await writeFile(sshConfigFile, keys.map((key) => `IdentityFile ${key}\n`).join(''));
    const { privateKeyFile: _, ...connection } = strict.connection({ useSshConfig: true });

    const refusal = await failureOf(
      createConnect(environmentFor(strict.folder, { sshConfigFile }))(connection),
      strict,
    );

    expect(refusal).toMatch(/closed the connection after too many keys for USER: the key/);
    expect(connectionsTo(strict)).toBe(1);
  });
});

describe('ssh_config', () => {
  test('gives an alias its address, port, user and key', async () => {
    const sshConfigFile = join(sshd.folder, 'config');
    await writeFile(
      sshConfigFile,
      `Host web\n HostName ${sshd.address}\n Port ${sshd.port}\n User ${sshd.user}\n IdentityFile ${sshd.privateKeyFile}\n` +
        ` UserKnownHostsFile ${sshd.knownHostsFile}\n StrictHostKeyChecking yes\n`,
    );
    const { port: _, user: __, privateKeyFile: ___, hostKeyPolicy: ____, ...connection } = sshd.connection();
    const alias = { ...connection, address: 'web', knownHostsFiles: [], useSshConfig: true };
    const configured = createConnect(environmentFor(sshd.folder, { sshConfigFile }));

    const transport = await configured(alias);

    expect(transport.name).toBe(`ssh2://${sshd.user}@${sshd.address}:${sshd.port}`);
    expect(await greet(Promise.resolve(transport))).toBe('hello');
    expect(await greet(configured({ ...alias, transport: 'openssh' }))).toBe('hello');
  });

  test('that is wrong is reported with the words of ssh', async () => {
    const sshConfigFile = join(sshd.folder, 'broken');
    await writeFile(sshConfigFile, 'Prot 22\n');
    const configured = createConnect(environmentFor(sshd.folder, { sshConfigFile }));

    expect(await failureOf(configured(sshd.connection({ useSshConfig: true })), sshd)).toMatch(
      /bad configuration option: prot/i,
    );
  });

  test('may name a ProxyCommand', async () => {
    const sshConfigFile = join(sshd.folder, 'proxied');
    const pipe = `const s=require('net').connect(%p,'%h');process.stdin.pipe(s).pipe(process.stdout)`;
    await writeFile(sshConfigFile, `ProxyCommand ${process.execPath} -e "${pipe}"\n`);
    const configured = createConnect(environmentFor(sshd.folder, { sshConfigFile }));

    expect(await greet(configured(sshd.connection({ useSshConfig: true })))).toBe('hello');
  });

  test('may name a ProxyCommand that fails, whose words are shown', async () => {
    const sshConfigFile = join(sshd.folder, 'unproxied');
    await writeFile(sshConfigFile, 'ProxyCommand sh -c "echo no way >&2; exit 3"\n');
    const configured = createConnect(environmentFor(sshd.folder, { sshConfigFile }));

    expect(await failureOf(configured(sshd.connection({ useSshConfig: true })), sshd)).toMatchInlineSnapshot(`
      "the ProxyCommand for HOST:PORT ended with exit code 3: no way
      Run it by hand to see why: sh -c "echo no way >&2; exit 3""
    `);
  });
});

describe('a jump host', () => {
  let jump: Sshd;
  beforeAll(async () => {
    jump = await start();
    await writeFile(jump.authorizedKeysFile, await keysOf([jump, sshd]));
  });
  const through = (overrides: Partial<Connection> = {}): Connection =>
    sshd.connection({
      proxyJump: `${jump.user}@${jump.address}:${jump.port}`,
      knownHostsFiles: [sshd.knownHostsFile, jump.knownHostsFile],
      ...overrides,
    });

  test('is passed through, by one connection for all behind it, which ends with the last of them', async () => {
    const before = connectionsTo(jump);
    const transports = await Promise.all(Array.from({ length: 5 }, () => connect(through())));

    expect(await Promise.all(transports.map(hello))).toEqual(transports.map(() => 'hello'));
    expect(connectionsTo(jump) - before).toBe(1);
    await Promise.all(transports.map((transport) => transport.close()));
    await jump.logged(/disconnected by user|Connection closed by|Disconnected from/);
  });

  test('that dies takes the connections through it along', async () => {
    const transports = await Promise.all([connect(through()), connect(through())]);
    const programs = await Promise.all(transports.map((transport) => transport.start('cat')));
    jump.dropConnections();

    expect(await Promise.all(programs.map(({ ended }) => ended))).toEqual([{}, {}]);
    for (const transport of transports) expect((await transport.closed).reason).toMatch(/./);
    expect(await greet(connect(through()))).toBe('hello');
  });

  test('may be behind another', async () => {
    const second = await start();
    await writeFile(second.authorizedKeysFile, await keysOf([second, sshd]));
    const hops = [jump, second].map(({ user, address, port }) => `${user}@${address}:${port}`);
    const knownHostsFiles = [sshd, jump, second].map(({ knownHostsFile }) => knownHostsFile);

    expect(await greet(connect(through({ proxyJump: hops.join(','), knownHostsFiles })))).toBe('hello');
  });

  test('that cannot get to the host says so', async () => {
    expect((await failureOf(connect(through({ port: 1 })), jump)).replace(sshd.address, 'TARGET'))
      .toMatchInlineSnapshot(`
      "the jump host HOST:PORT does not get us to TARGET:1: Connection refused
      Is the host up, and can the jump host reach that address?"
    `);
  });

  test('that may not forward names the option', async () => {
    const closed = await start({ config: ['AllowTcpForwarding no'] });
    await writeFile(closed.authorizedKeysFile, await keysOf([sshd]));
    const proxyJump = `${closed.address}:${closed.port}`;
    const connection = through({ proxyJump, knownHostsFiles: [closed.knownHostsFile] });

    expect(await failureOf(connect(connection), closed)).toMatch(/AllowTcpForwarding/);
  });

  test('that is unknown is refused like any host', async () => {
    expect(await failureOf(connect(through({ knownHostsFiles: [sshd.knownHostsFile] })), jump)).toMatch(
      /the host key of HOST:PORT is not known/,
    );
  });

  test('behind itself is an error, not a loop', async () => {
    const sshConfigFile = join(sshd.folder, 'loop');
    await writeFile(sshConfigFile, `Host ${jump.address}\n ProxyJump other\nHost *\n ProxyJump ${jump.address}\n`);
    const looping = createConnect(environmentFor(sshd.folder, { sshConfigFile }));

    expect(await failureOf(looping(sshd.connection({ useSshConfig: true })), jump)).toMatchInlineSnapshot(`
      "the jump host [HOST] of test is to be reached through itself
      Add "Host [HOST]" with "ProxyJump none" to ~/.ssh/config."
    `);
  });
});

describe('a lost connection', () => {
  test('is noticed when the socket is cut under it, and nothing else falls', async () => {
    const relay = createServer((client) => {
      const server = connectSocket(sshd.port, sshd.address);
      client.on('error', () => {}).on('close', () => server.destroy());
      server.on('error', () => {});
      client.pipe(server).pipe(client);
      cuts.push(() => client.resetAndDestroy());
    }).listen(0, '127.0.0.1');
    const cuts: (() => void)[] = [];
    await once(relay, 'listening');
    const port = portOf(relay);
    const transport: Transport = await connect(sshd.connection({ address: '127.0.0.1', port, hostKeyPolicy: 'off' }));
    const program = await transport.start('cat');
    for (const cut of cuts) cut();

    expect(await program.ended).toEqual({});
    expect(await transport.closed).toEqual({ reason: expect.stringMatching(/ECONNRESET/) });
    relay.close();
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function keysOf(servers: readonly Sshd[]): Promise<string> {
  return (await Promise.all(servers.map(({ privateKeyFile }) => readFile(`${privateKeyFile}.pub`, 'utf8')))).join('');
}
