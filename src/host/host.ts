import type { Connection } from '../base/connection.ts';
import type { RebootOp } from '../base/op.ts';
import type { Transport } from '../transport/transport.ts';
import { Ahead } from './ahead.ts';
import { performGroups, type ActOptions, type ActOutcome } from './act.ts';
import type { ActGroup } from './act-group.ts';
import type { Answer } from './answers.ts';
import { fetchFile } from './bulk.ts';
import { Contents } from './contents.ts';
import { GroupNumbers } from './group-numbers.ts';
import { Line, type Connect } from './line.ts';
import { breakLockScript, LockAnswer, lockedError, lockScript, unlockScript, type LockOwner } from './lock.ts';
import { pruneScript, readPruned, type Pruned, type RunEnd } from './prune.ts';
import type { Query } from './query.ts';
import { readAnswers } from './read.ts';
import { waitForReboot } from './reboot.ts';
import { Relay, type Stage } from './relay.ts';
import type { RunPlace } from './run-folder.ts';
import { Session } from './session.ts';
import { readStepRecords, type StepRecord, type StepRecordOptions } from './step-records.ts';
import { undoRun, type Undone, type UndoOptions } from './undo.ts';
import { endSessions, type RunAs, UserSessions } from './user-sessions.ts';

export type { RunAs } from './user-sessions.ts';

/** What the engine says of a batch; the host adds the rest. */
export type HostActOptions = Omit<ActOptions, 'contents' | 'hasUndo' | 'place'> & { readonly run: string };

/** Waits for its turn to do something on a host, then does it. */
export type Turn = <T>(act: () => Promise<T>) => Promise<T>;

/** One connected machine. Opens the connection, and a session and a lock per user, when they are first needed. */
export class Host {
  readonly name: string;
  readonly groups = new GroupNumbers();
  readonly ahead: Ahead;
  readonly #line: Line;
  readonly #signal: AbortSignal;
  readonly #turn: Turn;
  readonly #relay: Relay;
  readonly #sessions = new UserSessions((as) => this.#open(as));
  readonly #contents = new Contents();
  /** The users whose state folders hold our lock. */
  readonly #locked = new Map<string, RunAs>();
  /** Users and runs whose folders here have the undo program. */
  readonly #undoable = new Set<string>();
  #owner: LockOwner | undefined;
  #isOnlyAsked = false;
  #trips = 0;
  /** Whoever comes back to a host that is being closed waits for that. */
  #closing: Promise<void> = Promise.resolve();

  /** `turn`: what bounds how many hosts log in, read and act at a time; `relay`: what sends large files to all of them. */
  constructor(
    connection: Connection,
    connect: Connect,
    signal: AbortSignal,
    { turn = (act) => act(), relay = new Relay() }: { readonly turn?: Turn; readonly relay?: Relay } = {},
  ) {
    this.name = connection.host;
    this.#line = new Line(connection, connect, signal);
    this.#signal = signal;
    this.#turn = turn;
    this.#relay = relay;
    const stageOf = (run: string, as: RunAs): Stage => this.#stage(run, as, () => this.#line.transport());
    this.ahead = new Ahead({ relay, contents: this.#contents, stageOf, become: () => this.connection.become });
  }

  /** How it is reached at present. */
  get connection(): Connection {
    return this.#line.connection;
  }

  /** A run has moved it, and it may be at either place. */
  get hasMoved(): boolean {
    return this.#line.hasMoved;
  }

  /** How often this host was waited for since the run began. */
  get roundTrips(): number {
    return this.#trips;
  }

  /** True when a connection that was there is gone. */
  get isLost(): boolean {
    return this.#line.isLost;
  }

  /** From now on every session takes the lock for this run before it reads; of a host that is only asked, before it acts. */
  lockFor(owner: LockOwner, isOnlyAsked = false): void {
    this.#owner = owner;
    this.#isOnlyAsked = isOnlyAsked;
  }

  /** Takes the lock, if it is not ours yet. @throws LockedError, UnreachableError */
  async lock(as: RunAs, signal = this.#signal): Promise<void> {
    this.#isOnlyAsked = false;
    await this.read([], as, signal);
  }

  /** From now on it is looked for there first, and where it was before when nobody answers there. */
  async moveTo(movedTo: NonNullable<Connection['movedTo']>): Promise<void> {
    this.#line.moveTo(movedTo);
    await this.disconnect();
  }

  /** The same machine, over a connection of its own. The caller disconnects it. */
  anew(movedTo: Connection['movedTo'], signal: AbortSignal): Host {
    return new Host(...this.#line.anew(movedTo, signal));
  }

  /** Connects and opens the session, without asking anything. @throws UnreachableError */
  async open(as: RunAs): Promise<{ readonly uid: number; readonly user: string }> {
    return (await this.#sessions.of(as).opened).identity;
  }

  /**
   * Asks all these questions in one round trip.
   * @throws LockedError, UnreachableError, TaskFailedError
   */
  async read(queries: readonly Query[], as: RunAs, signal = this.#signal): Promise<readonly Answer[]> {
    const entry = this.#sessions.of(as);
    const owner = entry.locked || this.#isOnlyAsked ? undefined : this.#owner;
    const asked = queries.filter((query) => query.kind !== 'facts' || entry.facts === undefined);
    if (asked.length === 0 && owner === undefined) return queries.flatMap(() => entry.facts ?? []);
    const answers = await this.#turn(() => this.#ask(asked, as, owner, signal));
    entry.facts ??= answers.find(({ kind }) => kind === 'facts');
    const next = answers.filter(({ kind }) => kind !== 'facts').values();
    return queries.flatMap((query) => (query.kind === 'facts' ? entry.facts : next.next().value) ?? []);
  }

  async #ask(
    queries: readonly Query[],
    as: RunAs,
    owner: LockOwner | undefined,
    signal: AbortSignal,
  ): Promise<readonly Answer[]> {
    const entry = this.#sessions.of(as);
    const session = await entry.opened;
    this.#trips++;
    const lock = new LockAnswer();
    const answers = await readAnswers(session, queries, {
      signal,
      ...(owner && { first: lockScript(owner, session.nonce, this.connection.stateFolder) }),
      onFrame: (frame) => lock.frame(frame),
      onFirstOutput: (output) => lock.output(output),
    });
    if (lock.busySeconds !== undefined) throw lockedError(this.name, lock.busySeconds, lock.text, as?.user);
    if (lock.taken !== undefined) {
      entry.locked = true;
      this.#locked.set(as?.user ?? '', as);
      session.keepTouching(`${lock.taken}/beat`);
    }
    return answers;
  }

  /** `meta: clear_facts`, or a reboot: the next question reads them anew. */
  forgetFacts(): void {
    for (const entry of this.#sessions.all) entry.facts = undefined;
  }

  /**
   * Acts, in one round trip beside the files that are too large to travel with it, and the lock if it is not ours yet.
   * @throws LockedError, UnreachableError, TaskFailedError, the signal's reason
   */
  async act(groups: readonly ActGroup[], as: RunAs, options: HostActOptions): Promise<ActOutcome> {
    // Not in one turn with what follows: turns within turns wait for ever.
    await this.lock(as, options.signal);
    return this.#turn(() => this.#act(groups, as, options));
  }

  async #act(groups: readonly ActGroup[], as: RunAs, options: HostActOptions): Promise<ActOutcome> {
    const { run, signal = this.#signal } = options;
    const sent = await this.#contents.send(groups, as?.user ?? '', async (content, path) => {
      this.#trips++;
      this.#relay.need({ content, path, user: as?.user });
      await this.#relay.send(this.#stage(run, as), content, signal);
    });
    const session = await this.#sessions.of(as).opened;
    this.#trips++;
    const folder = `${as?.user ?? ''} ${run}`;
    const hasUndo = this.#undoable.delete(folder);
    const outcome = await performGroups(session, sent.groups, {
      ...options,
      place: this.#place(run),
      contents: sent.contents,
      hasUndo,
      signal,
    });
    this.#undoable.add(folder);
    return outcome;
  }

  /** What this host has written down of a run's steps for this user; waits for a batch that still runs. */
  async records(run: string, as: RunAs, options: StepRecordOptions): Promise<readonly StepRecord[]> {
    const session = await this.#sessions.of(as).opened;
    this.#trips++;
    return readStepRecords(session, this.#place(run), options);
  }

  /** Takes a run back as this user; a session is opened if need be. */
  async undo(run: string, as: RunAs, options: UndoOptions): Promise<readonly Undone[]> {
    const session = await this.#sessions.of(as).opened;
    this.#trips++;
    return undoRun(session, this.#place(run), options);
  }

  /** Talks with a run's folder in this user's session: what is told apart from acts, such as the dead-man switch. */
  async inRun<T>(run: string, as: RunAs, talk: (session: Session, place: RunPlace) => Promise<T>): Promise<T> {
    const session = await this.#sessions.of(as).opened;
    this.#trips++;
    return talk(session, this.#place(run));
  }

  /** Writes a file of the host to a local stream. */
  async fetch(path: string, as: RunAs, to: NodeJS.WritableStream): Promise<void> {
    await fetchFile(await this.#transport(), as, path, to, this.#signal);
  }

  /** Frees anybody's lock and resolves with what its owner had written, or undefined. */
  async breakLock(as: RunAs): Promise<string | undefined> {
    const text = await (await this.#sessions.of(as).opened).printedBy(breakLockScript(this.connection.stateFolder));
    return text === '' ? undefined : text;
  }

  /** Removes the folders of old runs that nobody needs any more, for this user. @throws UnreachableError */
  async prune(as: RunAs, keep: number, force: boolean): Promise<Pruned> {
    const session = await this.#sessions.of(as).opened;
    return readPruned(await session.printedBy(pruneScript(keep, force, this.connection.stateFolder)));
  }

  /** Restarts the machine and comes back on a new connection. The lock is taken again with the next question. */
  async reboot(op: RebootOp, as: RunAs): Promise<void> {
    const session = await this.#sessions.of(as).opened;
    await waitForReboot(session, op, {
      disconnect: () => this.disconnect(),
      reopen: () => this.#sessions.of(as).opened,
      signal: this.#signal,
    });
  }

  /** Lets go of connection and sessions at once; the next use makes new ones. */
  async disconnect(): Promise<void> {
    void this.#relay.leave(this.name);
    for (const { opened } of this.#sessions.take()) {
      void opened.then((session) => session.abandon()).catch(() => undefined);
    }
    await this.#line.close();
  }

  /** Ends sessions and connection in good order. Who needs the host again has it open anew. */
  async close(): Promise<void> {
    await this.#close();
  }

  /**
   * Frees the lock of the run, removes what nobody needs any more, and closes.
   * @returns the users whose lock could not be freed
   */
  leave(end: RunEnd): Promise<readonly RunAs[]> {
    return this.#close(end);
  }

  #close(end?: RunEnd): Promise<readonly RunAs[]> {
    const locked =
      end === undefined ? [] : [...this.#locked.values()].map((as) => ({ as, entry: this.#sessions.of(as) }));
    if (end !== undefined) this.#locked.clear();
    const sessions = this.#sessions.take();
    const last = end && unlockScript(end, this.connection.stateFolder);
    const inOrder = async (): Promise<readonly RunAs[]> => {
      await this.#relay.leave(this.name);
      if (end !== undefined) await this.ahead.end(end.finished.length > 0 && sessions.length > 0);
      const stuck = await endSessions(sessions, locked, last);
      await this.#line.close();
      return stuck;
    };
    const closing = this.#closing.then(inOrder);
    this.#closing = closing.then(() => undefined);
    return closing;
  }

  #place(run: string): RunPlace {
    return { run, stateFolder: this.connection.stateFolder };
  }

  #stage(run: string, as: RunAs, transport = (): Promise<Transport> => this.#transport()): Stage {
    return { host: this.name, place: this.#place(run), as, relay: this.connection.relay, transport };
  }

  async #open(as: RunAs): Promise<Session> {
    const transport = await this.#transport();
    this.#trips++;
    return Session.open(transport, as);
  }

  async #transport(): Promise<Transport> {
    await this.#closing;
    return this.#line.transport();
  }
}
