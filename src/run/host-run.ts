import type { RunEvent } from '../base/event.ts';
import { InterruptedError } from '../base/errors.ts';
import type { Value, Values } from '../base/value.ts';
import type { Host } from '../host/host.ts';
import type { HostScope } from '../plan/host-scope.ts';
import { notifiedBy } from '../plan/handlers.ts';
import { loopItems } from '../plan/loop-items.ts';
import { defines, factsAmong, needs, needsFacts } from '../plan/references.ts';
import type { Block, Deadman, Handler, Include, Task, TaskNode } from '../playbook/playbook.ts';
import { anyVariable } from '../template/references.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import { EndOfHost, TaskFailure } from './task-failure.ts';
import { loopVariables } from './entries.ts';
import { Background } from './background.ts';
import { DeadmanScope, newPlaceOf } from './deadman-scope.ts';
import type { HostContext } from './host-context.ts';
import type { EarlierHost } from './earlier-run.ts';
import type { HostTally } from './host-tally.ts';
import { durationOf, flagOf, textOf } from './keyword-values.ts';
import { isKnownFalse } from './known-false.ts';
import { Overlay } from './overlay.ts';
import { dependsOn, nodesInDoubt } from './plan-tasks.ts';
import type { WaveContext } from './run-context.ts';
import { runAsOf } from './run-as.ts';
import { ReadAhead } from './read-ahead.ts';
import { isTask, mayAskAhead, segmentLength } from './segments.ts';
import { runTasks } from './run-tasks.ts';
import type { TaskPorts } from './segment.ts';
import { all } from './verdict.ts';

/** One host's way through one play. */
export class HostRun implements HostContext {
  readonly host: Host;
  readonly wave: WaveContext;
  readonly scope: HostScope;
  readonly tally: HostTally;
  readonly background = new Background();
  readonly #ahead = new ReadAhead();
  readonly #handlers: Handler[];
  readonly #notified = new Set<Handler>();
  /** Registered variables that a dry run cannot know. */
  readonly unknown: Set<string> = new Set();
  /** The state that a dry run's steps would have led to. */
  readonly overlay: Overlay | undefined;
  doubt: string | undefined;
  earlier: EarlierHost | undefined;
  guard: DeadmanScope | undefined;
  /** `ignore_unreachable` of what it is at: when the host is lost there, that is no failure. */
  mayBeAway: boolean;
  /** How many blocks with a rescue we are in. */
  #rescues = 0;
  #foreseenFailures = 0;
  #loopVars: Values = {};

  constructor(wave: WaveContext, host: Host, scope: HostScope, tally: HostTally) {
    this.wave = wave;
    this.host = host;
    this.scope = scope;
    this.tally = tally;
    this.mayBeAway = wave.play.ignoreUnreachable;
    this.#handlers = [...wave.play.handlers];
    const { dryState, mode } = wave.run;
    if (mode === 'run') return;
    const known = dryState.get(host.name) ?? {
      overlay: new Overlay(host.connection.user ?? 'root'),
      unknown: this.unknown,
    };
    dryState.set(host.name, known);
    this.unknown = known.unknown;
    this.overlay = known.overlay;
  }

  /** Runs the play's tasks. @throws TaskFailure, K3sboxError */
  async run(): Promise<void> {
    try {
      const { run } = this.wave;
      this.earlier = await run.earlier?.of(this.host.name, run);
      if (this.wave.play.gatherFacts && !run.offline && !this.scope.host.facts.isKnown) await this.#readFacts();
      await this.#runNodes(this.wave.play.body);
    } catch (error) {
      if (error instanceof EndOfHost) return;
      if (this.wave.play.forceHandlers && error instanceof TaskFailure) await this.#flush();
      throw error;
    }
  }

  emit(event: RunEvent): void {
    this.wave.run.emit(event);
  }

  notify(task: Task, names: readonly string[]): void {
    for (const handler of names.flatMap((name) => notifiedBy(name, this.#handlers, task))) {
      this.#notified.add(handler);
      this.guard?.notified.add(handler);
    }
  }

  foreseeFailure(): void {
    this.#foreseenFailures++;
  }

  /** What a task needs that a dry run cannot know. */
  unknownNeeds(node: Task | Include): readonly string[] {
    return this.unknown.size === 0 && !this.wave.run.offline ? [] : this.#unknownAmong(this.#needs(node), node);
  }

  #unknownAmong(names: ReadonlySet<string>, node: Task | Include): readonly string[] {
    const facts = this.wave.run.offline ? factsAmong(names, this.scope.forTask(node, this.#loopVars)) : [];
    return [...[...this.unknown].filter((name) => names.has(name) || names.has(anyVariable)), ...facts];
  }

  isOff(node: Task | Include): boolean {
    const scope = this.scope.forTask(node, this.#loopVars);
    return isKnownFalse(node.when, scope, (name) => this.#unknownAmong(new Set([name]), node).length > 0);
  }

  /** What `meta` tells the engine itself. @throws EndOfHost */
  obey(action: Value | undefined): void {
    if (action === 'end_host' || action === 'end_play' || action === 'end_batch') throw new EndOfHost(action);
    if (action === 'clear_facts') this.host.forgetFacts();
    if (action === 'reset_connection') void this.host.disconnect();
  }

  /** Facts are read when a task first needs one, or at the start with `gather_facts: true`. */
  async #readFacts(): Promise<void> {
    const as = runAsOf(this.wave.play, this.scope.scope(), this.host);
    const [answer] = await this.host.read([{ kind: 'facts' }], as, this.wave.run.signal);
    if (answer?.kind === 'facts') this.scope.setFacts({ host: answer.facts });
  }

  async #readFactsFor(node: Task | Include): Promise<void> {
    if (this.scope.host.facts.isKnown || this.wave.run.offline) return;
    if (needsFacts(this.#needs(node), this.scope.forTask(node, this.#loopVars))) await this.#readFacts();
  }

  #needs(node: Task | Include): ReadonlySet<string> {
    return needs(node, this.scope.forTask(node, this.#loopVars), this.wave.run.filesFor(node));
  }

  async #runNodes(nodes: readonly TaskNode[], { evenWhenStopped = false } = {}): Promise<void> {
    let rest = nodes;
    for (;;) {
      const [node] = rest;
      if (node === undefined) return;
      if (this.wave.run.signal.aborted) throw new InterruptedError('interrupted');
      const stopped = evenWhenStopped ? undefined : this.wave.stopped();
      if (stopped !== undefined) throw stopped;
      let done = 1;
      if (node.kind === 'block' && node.deadman !== undefined) await this.#runGuarded(node.block, node.deadman);
      else if (node.kind === 'block') await this.#runBlock(node);
      else if (node.kind === 'include') await this.#runInclude(node);
      else if (node.kind === 'task') done = await this.#runSegment(rest);
      else if (all(node.when, this.scope.scope())) await this.#flush();
      rest = rest.slice(done);
    }
  }

  async #runSegment(nodes: readonly TaskNode[]): Promise<number> {
    const linear = this.wave.play.strategy === 'linear';
    const tasks = linear ? nodes.slice(0, 1).filter(isTask) : this.#segmentOf(nodes);
    const next = linear ? [] : this.#comingAfter(tasks, nodes.slice(tasks.length));
    const [first] = tasks;
    for (const task of tasks) await this.#readFactsFor(task);
    if (first !== undefined) this.mayBeAway = this.#ignoresLossOf(first);
    if (linear && first !== undefined) await this.wave.sync.barrier(first.id, this.host.name);
    await runTasks(tasks, next, { hostRun: this, loopVars: this.#loopVars, ahead: this.#ahead, fail });
    return tasks.length;
  }

  #segmentOf(nodes: readonly TaskNode[]): readonly Task[] {
    const length = segmentLength(nodes, (task) => ({ needs: this.#needs(task), defines: defines(task) }));
    return nodes.slice(0, length).filter(isTask);
  }

  /** The segment behind these tasks, if its questions can go with theirs. */
  #comingAfter(tasks: readonly Task[], nodes: readonly TaskNode[]): readonly Task[] {
    const last = tasks.at(-1);
    const [first] = nodes;
    const isAtOnce = last !== undefined && first?.kind === 'task' && mayAskAhead(last, first);
    return isAtOnce ? this.#segmentOf(nodes) : [];
  }

  #ignoresLossOf(task: Task): boolean {
    return flagOf(task.ignoreUnreachable, this.scope.forTask(task, this.#loopVars), this.wave.play.ignoreUnreachable);
  }

  async #runBlock({ block, rescue, always }: Block): Promise<void> {
    try {
      const foreseen = this.#foreseenFailures;
      try {
        await this.#runBlockPart(block, rescue.length > 0);
      } catch (error) {
        if (!(error instanceof TaskFailure) || rescue.length === 0 || error.error.code !== 'task-failed') throw error;
        const { id, name, span } = error.task;
        this.emit({ type: 'task-rescued', host: this.host.name, task: name, id, at: span });
        this.scope.set('ansible_failed_task', { name: error.task.name, action: error.task.module.value });
        this.scope.set('ansible_failed_result', error.result);
        await this.#runNodes(rescue);
        this.tally.rescued();
      }
      if (this.wave.run.mode !== 'run' && this.#foreseenFailures > foreseen) await this.#planRescue(rescue);
    } finally {
      // Not when the host is out of reach or the user has interrupted: then the rollback is what matters.
      if (!this.wave.run.signal.aborted && !this.host.isLost) await this.#runNodes(always, { evenWhenStopped: true });
    }
  }

  async #runBlockPart(nodes: readonly TaskNode[], hasRescue: boolean): Promise<void> {
    if (hasRescue) this.#rescues++;
    try {
      await this.#runNodes(nodes);
    } finally {
      if (hasRescue) this.#rescues--;
    }
  }

  /**
   * Everything in it acts under a dead-man switch, which a new connection confirms at the end: also before a rescue outside
   * deals with a failure. After a failure that takes the host back, the switch stays armed until that is done.
   */
  async #runGuarded(nodes: readonly TaskNode[], deadman: Deadman): Promise<void> {
    const scope = (): VariableScope => this.scope.forTask(deadman, this.#loopVars);
    const { run, emit, signal, guards, mode } = this.wave.run;
    const { host } = this;
    const onArming = (armed: DeadmanScope): void => void guards.set(host.name, armed);
    const guard = new DeadmanScope(durationOf(deadman.after, scope()) ?? 0, { run, host, emit, signal, onArming });
    this.guard = guard;
    let end: Error | undefined;
    try {
      await this.#runNodes(nodes);
      await this.#flush(guard.notified);
    } catch (error) {
      const isRescued = error instanceof TaskFailure && error.error.code === 'task-failed' && this.#rescues > 0;
      if (!(error instanceof Error) || !(isRescued || error instanceof EndOfHost)) throw error;
      end = error;
    }
    if (mode === 'run') await guard.confirm(newPlaceOf(deadman, scope()));
    guards.delete(host.name);
    this.guard = undefined;
    if (end !== undefined) throw end;
  }

  /** What a dry run can say of a rescue: whether it is needed shows only when the block runs. */
  async #planRescue(rescue: Block['rescue']): Promise<void> {
    for (const name of ['ansible_failed_task', 'ansible_failed_result']) this.unknown.add(name);
    await this.#planInDoubt(rescue, 'only if a task of the block fails');
  }

  async #planInDoubt(nodes: readonly TaskNode[], doubt: string): Promise<void> {
    const outer = this.doubt;
    this.doubt ??= doubt;
    await this.#runNodes(nodes);
    this.doubt = outer;
  }

  async #runInclude(include: Include): Promise<void> {
    const { run } = this.wave;
    await this.#readFactsFor(include);
    const unknown = run.mode === 'run' ? [] : this.unknownNeeds(include);
    if (unknown.length > 0) return this.#planInDoubt(nodesInDoubt(include, unknown, this), dependsOn(unknown));
    const once = async (more: Values, round = 0): Promise<void> => {
      const scope = this.scope.forTask(include, { ...this.#loopVars, ...more });
      if (!all(include.when, scope)) return;
      const target = textOf(include.target, scope);
      const load = round > 0 ? (include.loadAgain ?? include.load) : include.load;
      const { nodes, handlers } = load(target, include.tasksFrom && textOf(include.tasksFrom, scope));
      for (const handler of handlers) if (!this.#handlers.includes(handler)) this.#handlers.push(handler);
      const outer = this.#loopVars;
      this.#loopVars = { ...outer, ...more };
      try {
        await this.#runNodes(nodes);
      } finally {
        this.#loopVars = outer;
      }
    };
    const { loop } = include;
    if (loop === undefined) return once({});
    const items: readonly Value[] = loopItems(loop, this.scope.forTask(include, this.#loopVars), run.filesFor(include));
    for (const [index, item] of items.entries()) await once(loopVariables(loop, item, index, items.length), index);
  }

  /** Runs what was notified, in the order in which handlers are defined, until nothing new is notified. */
  async #flush(among: ReadonlySet<Handler> = this.#notified): Promise<void> {
    for (;;) {
      const due = this.#handlers.filter((handler) => this.#notified.has(handler) && among.has(handler));
      if (due.length === 0) return;
      for (const handler of due) this.#notified.delete(handler);
      let rest: readonly Handler[] = due;
      while (rest.length > 0) rest = rest.slice(await this.#runSegment(rest));
    }
  }
}

/** Unwinds to the next rescue. */
const fail: TaskPorts['fail'] = (error, task, result) => {
  throw new TaskFailure(error, task, result);
};
