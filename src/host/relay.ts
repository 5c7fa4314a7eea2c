import { randomBytes } from 'node:crypto';

import type { RelayPlace } from '../base/connection.ts';
import { TaskFailedError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import type { Program, Transport } from '../transport/transport.ts';
import { collect, settle, stageFile, startBulk } from './bulk.ts';
import type { LocalContent } from './contents.ts';
import { fetchCommand, serveCommand } from './relay-programs.ts';
import type { RunPlace } from './run-folder.ts';
import type { Become } from './session.ts';

/** Where a host keeps the large files of a run for one of its users, and how other hosts get at them. */
export interface Stage {
  readonly host: string;
  readonly place: RunPlace;
  readonly as: Become | undefined;
  /** Undefined: it has nothing to do with other hosts. */
  readonly relay: RelayPlace | undefined;
  readonly transport: () => Promise<Transport>;
}

/** A smaller file is there before two hosts have agreed on a port. */
const relayLimitBytes = 1024 * 1024;

/** So often in a row hosts of a network fetch in vain before they are left alone: most likely a firewall is between them. */
const mostMisses = 3;

/** A large file that a host had to be sent. */
export interface Needed {
  readonly content: LocalContent;
  /** What it was to become there. */
  readonly path: string;
  /** The user whose stage it went to, when that is not the login user. */
  readonly user: string | undefined;
}

interface Holder {
  readonly stage: Stage & { readonly relay: RelayPlace };
  /** The file is there, or will never be. */
  readonly staged: Promise<void>;
  /** Another host is fetching it: one at a time. */
  serving: Promise<void> | undefined;
}

/**
 * Sends large files to the hosts of a run. Where hosts may fetch from each other, the first one has a file from the controller, and each
 * further one from the host before it, as it arrives there: so it passes through all of them at the speed of one. Whoever fetches
 * in vain has it from the controller after all.
 */
export class Relay {
  /** Hosts that have a file, or are getting it, by network and checksum; the latest is the last. */
  readonly #chains = new Map<string, Holder[]>();
  readonly #misses = new Map<string, number>();
  readonly #needed = new Map<string, Needed>();
  readonly #onMiss: (host: string, why: string) => void;

  /** `onMiss` hears of hosts that fetched in vain, and why. */
  constructor(onMiss: (host: string, why: string) => void = () => {}) {
    this.#onMiss = onMiss;
  }

  /** Puts a local file into the stage of a host. @throws TaskFailedError, UnreachableError, the signal's reason */
  async send(stage: Stage, content: LocalContent, signal: AbortSignal): Promise<void> {
    const { relay } = stage;
    if (relay === undefined || content.sizeBytes < relayLimitBytes || this.#isGivenUp(relay)) {
      return sendDirectly(stage, content, signal);
    }
    const key = `${content.sha256} ${relay.network}`;
    const chain = this.#chains.get(key) ?? [];
    this.#chains.set(key, chain);
    const source = chain.findLast(({ serving }) => serving === undefined);
    const obtained =
      source === undefined
        ? sendDirectly(stage, content, signal)
        : this.#fetch({ ...stage, relay }, source, content, signal);
    const holder: Holder = { stage: { ...stage, relay }, staged: obtained, serving: undefined };
    chain.push(holder);
    await obtained.catch((error: unknown) => {
      remove(chain, holder);
      throw error;
    });
  }

  /** Files that hosts of the run have needed so far. */
  get needed(): readonly Needed[] {
    return [...this.#needed.values()];
  }

  /** A host needs this file: others may, too. */
  need(needed: Needed): void {
    this.#needed.set(`${needed.user ?? ''} ${needed.content.sha256}`, needed);
  }

  /** Nobody fetches from this host any more. Resolves when whoever still does has all of it. */
  async leave(host: string): Promise<void> {
    const served: Promise<void>[] = [];
    for (const chain of this.#chains.values()) {
      for (const holder of chain.filter(({ stage }) => stage.host === host)) {
        remove(chain, holder);
        if (holder.serving !== undefined) served.push(holder.serving);
      }
    }
    await Promise.all(served);
  }

  async #fetch(to: Holder['stage'], source: Holder, content: LocalContent, signal: AbortSignal): Promise<void> {
    const { network } = to.relay;
    const fetched = passOn(source, to, content, signal);
    const serving = fetched.then(
      () => undefined,
      () => undefined,
    );
    source.serving = serving;
    try {
      await fetched;
      this.#misses.set(network, 0);
    } catch (error) {
      signal.throwIfAborted();
      await sendDirectly(to, content, signal);
      this.#miss(to, source, error);
    } finally {
      source.serving = undefined;
    }
  }

  #isGivenUp({ network }: RelayPlace): boolean {
    return (this.#misses.get(network) ?? 0) >= mostMisses;
  }

  #miss({ host, relay }: Holder['stage'], { stage }: Holder, error: unknown): void {
    if (this.#isGivenUp(relay)) return;
    this.#misses.set(relay.network, (this.#misses.get(relay.network) ?? 0) + 1);
    const why = error instanceof Error ? error.message : String(error);
    const then = this.#isGivenUp(relay) ? `; no host of the network ${relay.network} is asked any more` : '';
    this.#onMiss(host, `${why}; ${stage.host} was passed over, and the file sent from here${then}`);
  }
}

function sendDirectly({ transport, as, place }: Stage, content: LocalContent, signal: AbortSignal): Promise<void> {
  return transport().then((connected) => stageFile(connected, as, { place, ...content }, signal));
}

function remove(chain: Holder[], holder: Holder): void {
  const at = chain.indexOf(holder);
  if (at >= 0) chain.splice(at, 1);
}

/**
 * One host opens a port for one visitor, and the other one fetches the file there.
 * @throws TaskFailedError and UnreachableError with what is wrong at either end, the signal's reason
 */
async function passOn(
  { stage: from, staged }: Holder,
  to: Stage,
  content: LocalContent,
  signal: AbortSignal,
): Promise<void> {
  const relayed = { ...content, token: new Secret(randomBytes(16).toString('hex')) };
  const { address } = from.relay;
  const server = await startBulk(await from.transport(), from.as, serveCommand(from.place, relayed, address));
  const said = collect(server);
  try {
    const port = await portOf(server, said, from.host);
    const client = await startBulk(await to.transport(), to.as, fetchCommand(to.place, relayed, { address, port }));
    // It ends at once when its stdin does; until then it may write.
    const end = (): void => void client.stdin.end();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    // It does not wait for what will never be complete there, nor for a host that is gone.
    staged.catch(end);
    void server.ended.then(({ exitCode }) => exitCode === undefined && end());
    await settle(client, collect(client), `cannot fetch it from ${from.host}`).finally(() =>
      signal.removeEventListener('abort', end),
    );
  } finally {
    server.close();
  }
}

async function portOf(server: Program, said: () => string, host: string): Promise<number> {
  let line = '';
  const announced = new Promise<number>((resolve) => {
    server.stdout.on('data', (chunk: Buffer) => {
      line += chunk.toString();
      if (line.endsWith('\n')) resolve(Number(line));
    });
  });
  const port = await Promise.race([announced, server.ended.then(() => undefined)]);
  if (port !== undefined && Number.isInteger(port)) return port;
  throw new TaskFailedError(`${host} cannot give it away: ${said() || 'the connection to it was lost'}`);
}
