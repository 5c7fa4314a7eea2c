import type { Diagnostic, Located } from '../base/diagnostic.ts';
import type { Include, Loaded, Play, Task, TaskNode } from '../playbook/playbook.ts';
import { isTemplate } from '../template/parse-template.ts';
import { anyVariable } from '../template/references.ts';
import { renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import { checkTask } from './bind-task.ts';
import { FoundProblems } from './found-problems.ts';
import { HostKinds } from './host-kinds.ts';
import type { HostScope } from './host-scope.ts';
import type { FileStore } from './local-files.ts';
import { defines, loopNames, needsFacts, needsOfCondition, needsOfWork } from './references.ts';
import type { HostVariables, RunVariables } from './run-variables.ts';
import { itemScopes, requireHandler, tryTask } from './try-task.ts';
import { allTasks, tasksOf } from './walk.ts';

export interface PreflightPlay {
  readonly play: Play;
  readonly hosts: readonly string[];
  readonly scopeFor: (host: string, wave: readonly string[]) => HostScope;
}

/**
 * Checks everything that can be checked before any host is reached: arguments, conditions, loops, template files, local
 * files, handlers, on every host. What depends on facts, results or other hosts is left for the run. Hosts that differ in
 * nothing a task needs are looked at once. `defining`: plays whose results are known already.
 */
export async function preflight(
  plays: readonly PreflightPlay[],
  variables: RunVariables,
  files: FileStore,
  defining: readonly PreflightPlay[] = [],
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const later = new Set<string>(['ansible_failed_task', 'ansible_failed_result']);
  const addDefined = ({ play }: PreflightPlay): void => {
    for (const task of tasksOf(play)) if (task.kind === 'task') for (const name of defines(task)) later.add(name);
  };
  for (const play of defining) addDefined(play);
  for (const play of plays) {
    addDefined(play);
    found.push(...(await new PlayCheck(play, variables, files, later).run()));
  }
  return found;
}

/** Where the check of a play has come to. */
interface Way {
  readonly hosts: ReadonlySet<string>;
  /** Names whose values only the run knows. */
  readonly later: ReadonlySet<string>;
  /** False where only the run knows whether it comes here: then a variable may well be missing. */
  readonly isCertain: boolean;
}

type Hosts = readonly HostVariables[];

class PlayCheck {
  readonly #play: PreflightPlay;
  readonly #files: FileStore;
  readonly #kinds: HostKinds;
  readonly #found = new FoundProblems();
  readonly #scopes = new Map<string, HostScope>();
  readonly #isRight = new Map<Task, boolean>();
  readonly #handlersAreKnown: boolean;
  readonly #start: Way;

  constructor(play: PreflightPlay, variables: RunVariables, files: FileStore, later: ReadonlySet<string>) {
    this.#play = play;
    this.#files = files;
    this.#kinds = new HostKinds(play.hosts.map((name) => variables.host(name)));
    const unknown = [...tasksOf(play.play)].filter((task) => task.kind === 'include' && task.known === undefined);
    this.#handlersAreKnown = unknown.length === 0;
    const isCertain = unknown.length === 0 && !later.has(anyVariable);
    this.#start = { hosts: new Set(play.hosts), later, isCertain };
  }

  async run(): Promise<readonly Diagnostic[]> {
    const { play, hosts } = this.#play;
    for (const task of tasksOf(play)) if (task.kind === 'task') await this.#isRightAnywhere(task);
    const { gate = [], verify = [], verifyRollback = [] } = play.rollout ?? {};
    await this.#walk([...gate, ...play.body, ...verify, ...verifyRollback, ...play.handlers], this.#start);
    return this.#found.all(hosts.length);
  }

  /** What is the same on every host. */
  async #isRightAnywhere(task: Task): Promise<boolean> {
    const known = this.#isRight.get(task);
    if (known !== undefined) return known;
    const problems = checkTask(task);
    this.#found.add(problems, this.#play.hosts);
    for (const name of task.notify) {
      if (isTemplate(name.value) || !this.#handlersAreKnown) continue;
      await this.#found.try(this.#play.hosts, () => requireHandler(name, task, this.#play.play));
    }
    this.#isRight.set(task, problems.length === 0);
    return problems.length === 0;
  }

  async #walk(nodes: readonly TaskNode[], way: Way): Promise<void> {
    for (const node of nodes) {
      if (node.kind === 'block') await this.#walk([...node.block, ...node.rescue, ...node.always], way);
      if (node.kind === 'task' && (await this.#isRightAnywhere(node))) await this.#task(node, way);
      if (node.kind === 'include') await this.#include(node, way);
    }
  }

  async #task(task: Task, way: Way): Promise<void> {
    const files = this.#files.within(task.folders);
    for (const kind of this.#kinds.among(way.hosts)) {
      await this.#found.try(namesOf(kind), async () => {
        const { condition, work, scope } = this.#needs(task, kind);
        if (isLate(work, way, scope)) return;
        const decidesWhen = canDecide(condition, way, scope);
        // Behind an open condition, what a variable lacks may never matter.
        if ((!decidesWhen || !way.isCertain) && work.size > 0) return;
        for (const same of this.#kinds.split(kind, new Set([...condition, ...work]))) {
          const trial = { task, play: this.#play.play, files, decidesWhen, handlersAreKnown: this.#handlersAreKnown };
          await this.#found.try(namesOf(same), () => tryTask({ ...trial, scope: this.#scopeOf(same).forTask(task) }));
        }
      });
    }
  }

  async #include(include: Include, way: Way): Promise<void> {
    const entered: Entered[] = [];
    for (const kind of this.#kinds.among(way.hosts)) {
      await this.#found.try(namesOf(kind), async () => entered.push(...(await this.#enter(include, kind, way))));
    }
    for (const { nodes, isCertain } of distinct(entered)) {
      const hosts = entered
        .filter((one) => one.nodes === nodes && one.isCertain === isCertain)
        .flatMap((one) => one.hosts);
      const later = new Set([...way.later, ...loopNames(include), ...definedIn(nodes)]);
      await this.#walk(nodes, { hosts: new Set(hosts), later, isCertain });
    }
  }

  /** What hosts of one kind find in an include, as far as that is known. */
  async #enter(include: Include, kind: Hosts, way: Way): Promise<readonly Entered[]> {
    const { condition, work, scope } = this.#needs(include, kind);
    const decides = canDecide(condition, way, scope) && !usesLoop(include);
    const isCertain = way.isCertain && decides;
    const isOpen = isLate(work, way, scope) || (!isCertain && lacks(scope, work));
    const entered: Entered[] = [];
    for (const same of this.#kinds.split(kind, new Set([...condition, ...work]))) {
      await this.#found.try(namesOf(same), () => {
        const own = this.#scopeOf(same).forTask(include);
        if (decides && !include.when.every((one) => one.evaluate(own))) return;
        const loaded = isOpen ? [] : this.#load(include, own);
        for (const { nodes } of loaded) entered.push({ nodes, hosts: namesOf(same), isCertain });
      });
    }
    return entered;
  }

  #load(include: Include, scope: VariableScope): readonly Loaded[] {
    if (include.known !== undefined) return [include.known];
    const files = this.#files.within(include.folders);
    return itemScopes(include, scope, files).map((own) => {
      const { target, tasksFrom } = include;
      return include.load(textOf(target, own), tasksFrom && textOf(tasksFrom, own));
    });
  }

  #needs(task: Task | Include, kind: Hosts) {
    const scope = this.#scopeOf(kind).forTask(task);
    const work = needsOfWork(task, scope, this.#files.within(task.folders));
    return { scope, work, condition: needsOfCondition(task, scope) };
  }

  /** The variables of the first of some hosts. */
  #scopeOf([host]: Hosts): HostScope {
    const name = host?.name ?? '';
    const scope = this.#scopes.get(name) ?? this.#play.scopeFor(name, this.#play.hosts);
    this.#scopes.set(name, scope);
    return scope;
  }
}

/** The nodes of an include, and the hosts that come to them. */
interface Entered {
  readonly nodes: readonly TaskNode[];
  readonly hosts: readonly string[];
  readonly isCertain: boolean;
}

function distinct(entered: readonly Entered[]): readonly Entered[] {
  return entered.filter(
    (one, i) => entered.findIndex(({ nodes, isCertain }) => nodes === one.nodes && isCertain === one.isCertain) === i,
  );
}

function definedIn(nodes: readonly TaskNode[]): readonly string[] {
  return [...allTasks(nodes)].flatMap((task) => (task.kind === 'task' ? Array.from(defines(task)) : []));
}

function isLate(names: ReadonlySet<string>, { later }: Way, scope: Scope): boolean {
  if (names.has(anyVariable) || names.has('hostvars') || needsFacts(names, scope)) return true;
  return [...names].some((name) => later.has(name));
}

function lacks(scope: Scope, names: ReadonlySet<string>): boolean {
  return [...names].some((name) => !scope.has(name));
}

/** Whether a condition that needs these names can be asked now. */
function canDecide(names: ReadonlySet<string>, way: Way, scope: Scope): boolean {
  return !isLate(names, way, scope) && (way.isCertain || !lacks(scope, names));
}

/** Whether the condition is asked for each item of the loop. */
function usesLoop(include: Include): boolean {
  const names = loopNames(include);
  return include.when.some(({ references }) => names.some((name) => references.has(name)));
}

function namesOf(hosts: Hosts): readonly string[] {
  return hosts.map(({ name }) => name);
}

function textOf({ value, span }: Located<string>, scope: Scope): string {
  return renderText(value, scope, span);
}
