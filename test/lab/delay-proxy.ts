/*
 * A TCP proxy that makes a link long: each direction takes half of the round trip, the handshake a whole one. It does not limit
 * how much goes through and loses nothing. It has no slow start: a real link takes longer to get up to speed.
 *
 *     tsx delay-proxy.ts RTT_MS LISTEN=TARGET...      each an address:port; prints "ready"
 */
import { once } from 'node:events';
import { createServer, Socket } from 'node:net';

/** As much is under way on a link of 10 Gbit/s and 50 ms; a sender with more has to wait. */
const mostBytes = 64 * 1024 * 1024;

async function listen(link: string, rttMs: number): Promise<void> {
  const [from, to] = link.split('=').map((end) => ({ host: end.split(':')[0] ?? '', port: Number(end.split(':')[1]) }));
  if (from === undefined || to === undefined) throw new Error(`not LISTEN=TARGET: ${link}`);
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    // the client would know of its connection only now
    setTimeout(() => lengthen(client, to, rttMs / 2), rttMs);
  });
  server.listen(from);
  await once(server, 'listening');
}

function lengthen(client: Socket, target: { readonly host: string; readonly port: number }, ms: number): void {
  const server = new Socket({ allowHalfOpen: true }).setNoDelay(true);
  const toServer = delayLine(ms);
  toServer(() => server.connect(target));
  handOn(client, server, toServer);
  handOn(server, client, delayLine(ms));
  client.resume();
}

function handOn(from: Socket, to: Socket, later: (action: () => void) => void): void {
  let underWay = 0;
  const balance = (): void => {
    if (underWay + to.writableLength > mostBytes) from.pause();
    else if (from.isPaused()) from.resume();
  };
  from.on('data', (data: Buffer) => {
    underWay += data.length;
    balance();
    later(() => {
      to.write(data);
      underWay -= data.length;
      balance();
    });
  });
  to.on('drain', balance);
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.resetAndDestroy()));
}

/** Carries out actions in order, each `ms` after it was put in. */
function delayLine(ms: number): (action: () => void) => void {
  const line: { readonly due: number; readonly action: () => void }[] = [];
  const flush = (): void => {
    for (let next = line[0]; next !== undefined; next = line[0]) {
      const early = next.due - performance.now();
      // timers know whole milliseconds only: up to one early evens out those that fire late
      if (early > 1) {
        setTimeout(flush, early);
        return;
      }
      line.shift();
      next.action();
    }
  };
  return (action) => {
    line.push({ due: performance.now() + ms, action });
    if (line.length === 1) setTimeout(flush, ms);
  };
}

const [rttMs, ...links] = process.argv.slice(2);
for (const link of links) await listen(link, Number(rttMs));
process.stdout.write('ready\n');
