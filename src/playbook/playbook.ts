import type { Located, Span } from '../base/diagnostic.ts';
import type { Value } from '../base/value.ts';
import type { YamlPath } from '../base/yaml-source.ts';
import type { Condition } from '../template/condition.ts';

/** A value as written, templates unrendered. */
export interface Written {
  readonly value: Value;
  readonly span: Span;
  /** The place of a part of it: `at(['environment', 'PATH'])`; the nearest parent's when the part has none. */
  readonly at: (path: YamlPath) => Span;
  /** The place of a part's key, for what is wrong with its name. */
  readonly keyAt: (path: YamlPath) => Span;
}

/** Yes or no, or a template that gives one of them on each host. */
export type Flag = Located<boolean | string>;

/** A condition with its text, for saying why a task was skipped. */
export interface WrittenCondition extends Condition {
  readonly text: string;
  readonly span: Span;
}

export interface Playbook {
  readonly file: string;
  readonly plays: readonly Play[];
}

/** Variables with their places, as written (templates unrendered). */
export type WrittenVars = ReadonlyMap<string, Written>;

export interface Play {
  readonly id: string;
  readonly name: string;
  readonly span: Span;
  /** Absolute: where the play's file stands; relative names of files and roles start here. */
  readonly folder: string;
  /** A host pattern; may be a template over extra variables. */
  readonly hosts: Located<string>;
  readonly vars: WrittenVars;
  /** In order; each wins over `vars` and over the ones before it. */
  readonly varsFiles: readonly VarsFile[];
  /** `gather_facts: true` reads facts at the start; false forbids nothing, since facts are read when they are needed. */
  readonly gatherFacts: boolean;
  /** pre_tasks, handlers flushed, roles, tasks, handlers flushed, post_tasks, handlers flushed. */
  readonly body: readonly TaskNode[];
  /** The roles' handlers, then the play's. */
  readonly handlers: readonly Handler[];
  readonly become: Become;
  /** Lowest of all ways to say it: inventory variables win, as in Ansible. */
  readonly remoteUser?: Located<string>;
  readonly environment: readonly Written[];
  readonly tags: readonly string[];
  /** Sizes of the waves; templates may give a list. See `plan/waves.ts`. */
  readonly serial: readonly Located<number | string>[];
  readonly order: PlayOrder;
  /** 'free' (default): hosts do not wait for each other within a wave. 'linear': all finish a task before the next one. */
  readonly strategy: 'free' | 'linear';
  readonly maxFailPercentage?: number;
  readonly anyErrorsFatal: boolean;
  readonly ignoreUnreachable: boolean;
  readonly forceHandlers: boolean;
  /** What a failed host does: 'host' takes that host back (default), 'none' leaves it for inspection. */
  readonly rollback: 'host' | 'none';
  readonly rollout?: Rollout;
  /** `roles:` and `import_role`, their dependencies first: every task of the play sees their variables, the last wins. */
  readonly roles: readonly RoleVars[];
}

/** Ansible's words for the order of a play's hosts. */
export const playOrders = ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle'] as const;
export type PlayOrder = (typeof playOrders)[number];

/** `rollout:` of a play: how it goes over its hosts. */
export interface Rollout {
  /** Sizes of the waves; a share is rounded up. The last one repeats. */
  readonly waves: Play['serial'];
  /** `by`: hosts with equal values of a variable stand together, values in their order. */
  readonly order?: PlayOrder | { readonly by: Located<string> };
  /** Makes `shuffle` the same every time. */
  readonly seed?: number;
  /** A variable, such as a zone: sizes count for each of its values, so that a wave of 1 has one host of each zone. */
  readonly per?: Located<string>;
  /** Hosts in flight within a wave. */
  readonly window?: number;
  /** So many hosts, or that share of the play's, may fail before it stops. */
  readonly budget?: { readonly hosts: number } | { readonly percent: number };
  readonly soakMs: number;
  /** Looks whether a wave may begin, on its hosts. */
  readonly gate: readonly TaskNode[];
  /** Looks at the hosts of a wave before the next one begins. */
  readonly verify: readonly TaskNode[];
  /** Looks at the hosts of a wave that `k3sbox rollback` has taken back, before the next one goes back. */
  readonly verifyRollback: readonly TaskNode[];
  /** Waves (from 1) behind which somebody has to let it go on. */
  readonly pauseAfter: readonly number[];
  /** What goes back beside the hosts that failed when it stops; 'stop': not even they. */
  readonly onFailure: 'host' | 'wave' | 'run' | 'stop';
}

/** One entry of `vars_files`. */
export interface VarsFile {
  /** In order of preference; may be templates over what is known before the host is reached. */
  readonly names: readonly Located<string>[];
  /** Reads the file of a rendered name, once; undefined when there is none. @throws ConfigError */
  readonly load: (rendered: string) => WrittenVars | undefined;
}

export interface RoleVars {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly defaults: WrittenVars;
  readonly vars: WrittenVars;
  /** Roles that its meta/ names: their variables come before its own. */
  readonly dependencies: readonly RoleVars[];
}

/** Absent members are inherited from the block, the play, then the inventory. */
export interface Become {
  readonly become?: Flag;
  readonly becomeUser?: Located<string>;
  readonly becomeMethod?: 'sudo';
}

export type TaskNode = Task | Block | Include | Flush;

/** Everything a task inherits from the play, blocks, includes and roles around it, already merged into it. */
export interface Inherited {
  /** All must hold; the outermost first. */
  readonly when: readonly WrittenCondition[];
  /** The blocks' variables and the task's own; the last wins. */
  readonly vars: readonly WrittenVars[];
  /** Variables given to roles and `include_*`; the last wins, and they win over set_fact. */
  readonly params: readonly WrittenVars[];
  readonly tags: readonly string[];
  readonly become: Become;
  /** Merged in order; each a mapping or a template that gives one. */
  readonly environment: readonly Written[];
  readonly ignoreErrors?: Flag;
  readonly ignoreUnreachable?: Flag;
  readonly checkMode?: Flag;
  readonly noLog?: Flag;
  readonly anyErrorsFatal: boolean;
  readonly delegateTo?: Located<string>;
  readonly runOnce: boolean;
  /** Seconds or a duration ("5m"). */
  readonly timeout?: Written;
  /** At most so many hosts at once. */
  readonly throttle?: number;
  /** The roles it stands in, outermost first: the last is its own. */
  readonly roles: readonly RoleVars[];
  /** Absolute folders to search for files, templates and included tasks: the role's, the file's, the playbook's. */
  readonly folders: readonly string[];
}

export interface Task extends Inherited, Behaviour {
  readonly kind: 'task';
  /** Stable over edits elsewhere: play, roles, blocks and names joined, numbered when they repeat. */
  readonly id: string;
  /** As written (may hold templates), or the module's name. */
  readonly name: string;
  readonly span: Span;
  /** Without its collection: "copy" for `ansible.builtin.copy`. */
  readonly module: Located<string>;
  /** Always a mapping: a free form is under the module's argument for it, `args:` and `key=value` are merged in. */
  readonly args: Written;
}

/** What a task says about itself alone. */
export interface Behaviour {
  readonly loop?: Loop;
  readonly register?: Located<string>;
  readonly notify: readonly Located<string>[];
  /** Tried again until all hold. */
  readonly until: readonly WrittenCondition[];
  /** Tries after the first. With `until` and nothing said there are 3 tries in all; without `until` only failures are retried. */
  readonly retries?: Written;
  /** Seconds or a duration between tries; 5 when nothing is said. */
  readonly delay?: Written;
  /** Changed when all hold. */
  readonly changedWhen: readonly WrittenCondition[];
  /** Failed when all hold. */
  readonly failedWhen: readonly WrittenCondition[];
  /** A command that takes the task back: `undo: systemctl stop x`, or `undo: { shell: ... }`. */
  readonly undo?: Written;
  /** Says that nothing needs taking back. */
  readonly irreversible: boolean;
  /** It runs in the background, for so long at most: seconds or a duration. 0: it does not. */
  readonly async?: Written;
  /** How long one look at it waits for news: seconds or a duration; 10 s when nothing is said. 0: nobody waits for its end. */
  readonly poll?: Written;
}

export interface Handler extends Task {
  readonly listen: readonly string[];
}

export interface Loop {
  readonly items: Written;
  /** 'items' for `with_items` (which flattens one level), 'dict' for `with_dict`. */
  readonly style: 'loop' | 'items' | 'dict' | 'sequence' | 'fileglob';
  readonly loopVar: string;
  readonly indexVar?: string;
  readonly label?: Located<string>;
  readonly pauseMs: number;
}

/**
 * The host goes back by itself unless k3sbox confirms, over a new connection, within `after` of the first change: for what may
 * cut us off.
 */
export interface Deadman extends Pick<Inherited, 'roles' | 'vars' | 'params'> {
  readonly span: Span;
  /** Seconds or a duration ("60s"). */
  readonly after: Written;
  /** Where the host is to be reached after the change; as before when nothing is said. */
  readonly address?: Located<string>;
  readonly port?: Written;
}

/** A block with rescue, always or deadman. Plain blocks are dissolved: their tasks inherit everything. */
export interface Block {
  readonly kind: 'block';
  readonly id: string;
  readonly name: string;
  readonly span: Span;
  readonly block: readonly TaskNode[];
  readonly rescue: readonly TaskNode[];
  readonly always: readonly TaskNode[];
  /** Covers all that is in it, and the handlers that are notified there. */
  readonly deadman?: Deadman;
}

/**
 * `include_tasks` and `include_role`: which file may depend on the host, so it is read when the host comes to it. Its own
 * `when`, tags and loop decide about the include alone; what it passes on is already in the nodes it loads.
 */
export interface Include extends Inherited {
  readonly kind: 'include';
  readonly id: string;
  readonly name: string;
  readonly span: Span;
  readonly loop?: Loop;
  readonly of: 'tasks' | 'role';
  /** The file or the role; may be a template. */
  readonly target: Located<string>;
  /** Of a role: the file in its tasks/ folder, "main" when nothing is said; may be a template. */
  readonly tasksFrom?: Located<string>;
  /** What it brings, when its names hold no template. */
  readonly known?: Loaded;
  /** Loads the nodes for rendered names; equal names give the same nodes. @throws ConfigError */
  readonly load: (target: string, tasksFrom?: string) => Loaded;
  /** What the later rounds of its loop load, when a run starts in the middle of the first one. */
  readonly loadAgain?: Include['load'];
}

/** What an include brings. */
export interface Loaded {
  readonly nodes: readonly TaskNode[];
  /** Of the role, for the rest of the play. Those of `Include.known` are in `Play.handlers` already. */
  readonly handlers: readonly Handler[];
}

/** Runs what was notified so far: `meta: flush_handlers` and the ends of pre_tasks, tasks, post_tasks. */
export interface Flush {
  readonly kind: 'flush';
  readonly span: Span;
  readonly when: readonly WrittenCondition[];
}
