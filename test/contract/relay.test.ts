import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import type { Connection } from '../../src/base/connection.ts';
import { Secret } from '../../src/base/secret.ts';
import { sha256Hex } from '../../src/base/digest.ts';
import type { LocalContent } from '../../src/host/contents.ts';
import { Host } from '../../src/host/host.ts';
import { startBulk } from '../../src/host/bulk.ts';
import { Relay } from '../../src/host/relay.ts';
import { serveCommand } from '../../src/host/relay-programs.ts';
import { createConnect } from '../../src/transport/connect.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { environmentFor } from '../helpers/connecting.ts';
import { countedTransport } from '../helpers/counted-transport.ts';
import { group } from '../helpers/host-tree.ts';
import { type Sshd, startSshd } from '../helpers/sshd.ts';

const run = '20261122-000000-abcdef';
const sizeBytes = 3_000_000;

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

/** Hosts of one run, which are one sshd with a state folder for each; how many bytes of files the controller sends them is counted. */
class Fleet {
  readonly misses: string[] = [];
  sentBytes = 0;
  readonly folder = join(sshd.folder, randomBytes(8).toString('hex'));
  readonly content: LocalContent;
  readonly bytes = randomBytes(sizeBytes);
  readonly #relay = new Relay((host, why) => this.misses.push(`${host}: ${why}`));
  readonly #hosts = new Map<string, Host>();

  constructor() {
    mkdirSync(this.folder);
    const file = join(this.folder, 'artifact');
    writeFileSync(file, this.bytes);
    this.content = { from: 'controller', file, sha256: sha256Hex(this.bytes), sizeBytes };
    onTestFinished(async () => {
      await Promise.all([...this.#hosts.values()].map((host) => host.close()));
    });
  }

  host(name: string, overrides: Partial<Connection> = {}): Host {
    const relay = { network: 'lab', address: sshd.address };
    const connection = sshd.connection({ host: name, stateFolder: join(this.folder, name), relay, ...overrides });
    const connect = createConnect(environmentFor(sshd.folder));
    const counted = async (to: Connection, signal: AbortSignal): Promise<Transport> =>
      countedTransport(await connect(to, { signal }), (bytes) => (this.sentBytes += bytes));
    mkdirSync(dirname(this.target(name)));
    const host = new Host(connection, counted, new AbortController().signal, { relay: this.#relay });
    this.#hosts.set(name, host);
    return host;
  }

  /** Has the host write the artifact. */
  async write(name: string): Promise<void> {
    const path = this.target(name);
    const write = group('0001', [{ kind: 'file', path, content: this.content }]);
    const outcome = await this.#hosts.get(name)?.act([write], undefined, { run });
    if (outcome?.results[0]?.exitCode !== 0) throw new Error(outcome?.results[0]?.stderr);
  }

  target(name: string): string {
    return join(this.folder, `tree-${name}`, 'artifact');
  }

  has(name: string): boolean {
    return existsSync(this.target(name)) && readFileSync(this.target(name)).equals(this.bytes);
  }

  stage(name: string): string {
    return join(this.folder, name, 'runs', run, 'stage');
  }
}

describe('a large file', () => {
  test('is sent to the first host alone, and passed on from one to the next', async () => {
    const fleet = new Fleet();
    const names = ['n1', 'n2', 'n3', 'n4'];
    for (const name of names) fleet.host(name);

    await Promise.all(names.map((name) => fleet.write(name)));

    expect(names.map((name) => fleet.has(name))).toEqual([true, true, true, true]);
    expect(fleet.misses).toEqual([]);
    expect(fleet.sentBytes).toBeGreaterThan(sizeBytes);
    expect(fleet.sentBytes).toBeLessThan(sizeBytes * 1.2);
  });

  test('is fetched from a host that has had it for a while', async () => {
    const fleet = new Fleet();
    fleet.host('n1');
    fleet.host('n2');

    await fleet.write('n1');
    await fleet.write('n2');

    expect([fleet.has('n2'), fleet.misses]).toEqual([true, []]);
    expect(fleet.sentBytes).toBeLessThan(sizeBytes * 1.2);
  });

  test('is fetched from no host that has been left, nor from one of another network', async () => {
    const fleet = new Fleet();
    const first = fleet.host('n1');
    fleet.host('n2');
    fleet.host('n3', { relay: { network: 'other', address: sshd.address } });

    await fleet.write('n1');
    await first.close();
    await fleet.write('n2');
    await fleet.write('n3');

    expect([fleet.has('n2'), fleet.has('n3'), fleet.misses]).toEqual([true, true, []]);
    expect(fleet.sentBytes).toBeGreaterThan(sizeBytes * 3);
  });

  test('that is not what was planned on the way is sent by the controller', async () => {
    const fleet = new Fleet();
    fleet.host('n1');
    fleet.host('n2');
    await fleet.write('n1');
    writeFileSync(join(fleet.stage('n1'), fleet.content.sha256), randomBytes(sizeBytes));

    await fleet.write('n2');

    expect(fleet.has('n2')).toBe(true);
    expect(fleet.misses).toEqual([
      'n2: cannot fetch it from n1: it is not what was planned: has it changed?; n1 was passed over, and the file sent from here',
    ]);
  });

  test('is waited for as long as it grows, and sent by the controller when the other host is lost', async () => {
    const fleet = new Fleet();
    const first = fleet.host('n1');
    fleet.host('n2');
    await fleet.write('n1');
    truncateSync(join(fleet.stage('n1'), fleet.content.sha256), sizeBytes / 2);
    const before = fleet.sentBytes;

    const written = fleet.write('n2');
    const part = join(fleet.stage('n2'), `.${fleet.content.sha256}`);
    await expect.poll(() => (existsSync(part) ? readFileSync(part).length : 0)).toBe(sizeBytes / 2);
    await first.disconnect();
    await written;

    expect([fleet.has('n2'), fleet.misses.length]).toEqual([true, 1]);
    expect(fleet.sentBytes - before).toBeGreaterThan(sizeBytes);
  });

  test('is not looked for on a network whose hosts do not reach each other', async () => {
    const fleet = new Fleet();
    const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
    for (const name of names) fleet.host(name, { relay: { network: 'lab', address: '192.0.2.1' } });

    for (const name of names) await fleet.write(name);

    expect(names.map((name) => fleet.has(name))).toEqual(names.map(() => true));
    expect(fleet.misses).toHaveLength(3);
    expect(fleet.misses[0]).toMatch(
      /^n2: n1 cannot give it away: cannot listen on 192\.0\.2\.1: .*; n1 was passed over/,
    );
    expect(fleet.misses[2]).toMatch(/; no host of the network lab is asked any more$/);
  });
});

describe('the port of a host that gives a file away', () => {
  test('is open at its address for one visitor who knows the token', async () => {
    const { port, token, sum, bytes, server } = await give();

    expect((await visit(port, 'another\n')).length).toBe(0);
    expect((await visit(port, `${token}\n`)).equals(bytes)).toBe(true);
    expect(await server.ended).toEqual({ exitCode: 0 });
    await expect(visit(port, `${token}\n`)).rejects.toThrow('ECONNREFUSED');
    await expect(visit(port, `${token}\n`, '127.0.0.1')).rejects.toThrow('ECONNREFUSED');
    expect(sum).toHaveLength(64);
  });

  test('is closed when the controller lets go, and its token is in no argv', async () => {
    const { port, token, server } = await give();
    const words = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout;
    expect(words).toContain('-MIO::Socket::IP');
    expect(words).not.toContain(token);

    server.close();

    await expect.poll(() => visit(port, `${token}\n`).catch(String)).toContain('ECONNREFUSED');
  });
});

/** Has a host give some bytes away. */
async function give() {
  const [bytes, token] = [randomBytes(100_000), randomBytes(16).toString('hex')];
  const place = { run, stateFolder: join(sshd.folder, randomBytes(8).toString('hex')) };
  const sum = sha256Hex(bytes);
  mkdirSync(join(place.stateFolder, 'runs', run, 'stage'), { recursive: true });
  writeFileSync(join(place.stateFolder, 'runs', run, 'stage', sum), bytes);
  const transport = await createConnect(environmentFor(sshd.folder))(sshd.connection());
  onTestFinished(() => transport.close());
  const relayed = { sha256: sum, sizeBytes: bytes.length, token: new Secret(token) };
  const server = await startBulk(transport, undefined, serveCommand(place, relayed, sshd.address));
  const [line] = await once(server.stdout, 'data');
  return { port: Number(line), token, sum, bytes, server };
}

/** What the port gives to somebody who says this. */
async function visit(port: number, says: string, address = sshd.address): Promise<Buffer> {
  const socket = dial(port, address);
  socket.write(says);
  return buffer(socket);
}
