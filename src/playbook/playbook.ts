import type { Located, Span } from '../base/diagnostic.ts';
import type { Value } from '../base/value.ts';

/** A value as written, templates unrendered, with the place of every part. */
export interface Written {
  readonly value: Value;
  readonly span: Span;
  /** The place of a part of it: `at(['args', 'dest'])`; the nearest parent's when the part has none. */
  at(path: readonly (string | number)[]): Span;
}

export interface Playbook {
  readonly file: string;
  readonly plays: readonly Play[];
}

/** Variables with their places, as written (templates unrendered). */
export type WrittenVars = ReadonlyMap<string, Written>;

export interface Play {
  readonly name: string;
  readonly span: Span;
  /** A host pattern; may be a template over extra variables. */
  readonly hosts: Located<string>;
  /** Play vars, then vars_files in order (files win, as in Ansible). */
  readonly vars: WrittenVars;
  readonly varsFiles: readonly Located<string>[];
  /** `gather_facts: true` reads facts at the start; false forbids nothing, since facts are lazy. */
  readonly gatherFacts: boolean;
  /** pre_tasks, handlers flushed, roles, tasks, handlers flushed, post_tasks, handlers flushed. */
  readonly body: readonly TaskNode[];
  readonly handlers: readonly Handler[];
  readonly become: Become;
  readonly environment: readonly Written[];
  readonly tags: readonly string[];
  readonly serial: readonly Located<number | string>[];
  readonly order: 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted' | 'shuffle';
  readonly strategy: 'free' | 'linear';
  readonly maxFailPercentage?: number;
  readonly anyErrorsFatal: boolean;
  readonly ignoreUnreachable: boolean;
  readonly forceHandlers: boolean;
  /** What a failed host does: 'host' takes that host back (default), 'none' leaves it for inspection. */
  readonly rollback: 'host' | 'none';
  /** Variables of the roles' defaults and vars, lowest and high precedence. */
  readonly roles: readonly RoleVars[];
}

export interface RoleVars {
  readonly name: string;
  readonly folder: string;
  readonly defaults: WrittenVars;
  readonly vars: WrittenVars;
}

/** Absent members are inherited from the block, the play, then the inventory. */
export interface Become {
  readonly become?: boolean;
  readonly becomeUser?: Located<string>;
  readonly becomeMethod?: string;
}

export type TaskNode = Task | Block | Include | Flush;

/** Everything a task inherits from the blocks, includes and roles around it, already merged into it. */
export interface Inherited {
  readonly when: readonly Located<string | boolean>[];
  readonly vars: readonly WrittenVars[];
  readonly tags: readonly string[];
  readonly become: Become;
  readonly environment: readonly Written[];
  readonly ignoreErrors?: Located<boolean | string>;
  readonly checkMode?: Located<boolean | string>;
  readonly noLog: boolean;
  readonly delegateTo?: Located<string>;
  readonly runOnce: boolean;
  /** The role it stands in, for its folders and variables. */
  readonly role?: RoleVars;
  /** Folders to search for files, templates and included tasks: the role's, then the file's, then the playbook's. */
  readonly folders: readonly string[];
}

export interface Task extends Inherited {
  readonly kind: 'task';
  /** Stable over edits elsewhere: play, roles, blocks and names joined, numbered when they repeat. */
  readonly id: string;
  /** As written (may hold templates), or the module's name. */
  readonly name: string;
  readonly span: Span;
  readonly module: Located<string>;
  /** The module's arguments as written: a mapping, or a string for modules with a free form. */
  readonly args: Written;
  readonly loop?: Loop;
  readonly register?: Located<string>;
  readonly notify: readonly Located<string>[];
  readonly until?: Located<string>;
  /** Tries after the first; 3 with `until` when nothing is said. */
  readonly retries: Written | undefined;
  readonly delay: Written | undefined;
  readonly changedWhen: readonly Located<string | boolean>[];
  readonly failedWhen: readonly Located<string | boolean>[];
  readonly timeout: Written | undefined;
  /** A command that takes the task back: `undo: systemctl stop x`, or `undo: { shell: ... }`. */
  readonly undo?: Written;
  /** Says that nothing needs taking back. */
  readonly irreversible: boolean;
  readonly throttle?: number;
}

export interface Handler extends Task {
  readonly listen: readonly string[];
}

export interface Loop {
  readonly items: Written;
  /** 'items' for `loop` and `with_items` (which flattens one level), 'dict' for `with_dict`. */
  readonly style: 'loop' | 'items' | 'dict' | 'sequence' | 'fileglob';
  readonly loopVar: string;
  readonly indexVar?: string;
  readonly label?: Located<string>;
  readonly pauseMs: number;
}

/** A block with rescue or always. Plain blocks are dissolved: their tasks inherit everything. */
export interface Block {
  readonly kind: 'block';
  readonly id: string;
  readonly name: string;
  readonly span: Span;
  readonly block: readonly TaskNode[];
  readonly rescue: readonly TaskNode[];
  readonly always: readonly TaskNode[];
}

/** `include_tasks`/`include_role`: which file may depend on the host, so it is read when the host comes to it. */
export interface Include extends Inherited {
  readonly kind: 'include';
  readonly id: string;
  readonly name: string;
  readonly span: Span;
  readonly loop?: Loop;
  /** Loads the nodes for a rendered file or role name; results are cached. @throws ConfigError */
  readonly load: (rendered: string, at: Span) => readonly TaskNode[];
  readonly file: Located<string>;
}

/** Runs what was notified so far: `meta: flush_handlers` and the ends of pre_tasks, tasks, post_tasks. */
export interface Flush {
  readonly kind: 'flush';
  readonly span: Span;
}
