import { didYouMean } from '../base/suggest.ts';
import { alternatives } from './words.ts';
import type { Problems } from './problems.ts';
import { entriesOf, keySpanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

const everywhere = [
  'name',
  'vars',
  'environment',
  'no_log',
  'ignore_errors',
  'ignore_unreachable',
  'check_mode',
  'any_errors_fatal',
  'run_once',
  'throttle',
  'timeout',
  'become',
  'become_user',
  'become_method',
  'tags',
] as const;

const onTasks = [...everywhere, 'when', 'delegate_to'] as const;
const onTasksAlone = [
  'args',
  'register',
  'notify',
  'until',
  'retries',
  'delay',
  'changed_when',
  'failed_when',
  'undo',
  'irreversible',
  'async',
  'poll',
] as const;
const looping = ['loop', 'loop_control', 'with_items', 'with_dict', 'with_sequence', 'with_fileglob'] as const;

/** The keywords we take, by where they stand. docs/playbooks.md explains them. */
export const keywords = {
  play: [
    'hosts',
    'vars_files',
    'tasks',
    'handlers',
    'pre_tasks',
    'post_tasks',
    'roles',
    'serial',
    'rollout',
    'order',
    'strategy',
    'max_fail_percentage',
    'force_handlers',
    'gather_facts',
    'remote_user',
    'rollback',
    'deadman',
    ...everywhere,
  ],
  'import_playbook entry': ['import_playbook', 'name', 'when', 'vars', 'tags'],
  block: [...onTasks, 'block', 'rescue', 'always', 'deadman'],
  task: [...onTasks, ...looping, ...onTasksAlone, 'deadman'],
  handler: [...onTasks, ...looping, ...onTasksAlone, 'listen'],
  include: ['name', 'vars', 'tags', 'when', 'run_once', 'args', 'deadman', ...looping],
  import: [...onTasks, 'args', 'deadman'],
  'meta task': ['name', 'when', 'tags', 'run_once', 'vars'],
  /** Of `roles:`; everything else there is a parameter. */
  role: [...onTasks, 'role', 'deadman'],
  /** What `apply:` of an include hands to the tasks in it. */
  apply: onTasks,
} as const satisfies Record<string, readonly string[]>;

export type KeywordSet = keyof typeof keywords;

interface Refusal {
  readonly why: string;
  readonly instead: string;
}

/** Keywords of Ansible that we know and do not take. */
const refused: Readonly<Record<string, Refusal>> = {
  import_playbook: { why: 'it stands beside plays, not in them', instead: 'Use `import_tasks` for a file of tasks.' },
  action: { why: 'the module is the key itself', instead: 'Write `copy: { src: a, dest: b }`.' },
  local_action: {
    why: 'a local task is delegated like any other',
    instead: 'Write the module as the key, and `delegate_to: localhost` beside it.',
  },
  include: {
    why: 'Ansible dropped it, too',
    instead: 'Write `import_tasks` (read at the start) or `include_tasks` (read when a host comes to it).',
  },
  connection: {
    why: 'how a host is reached belongs to the inventory',
    instead: 'Set `ansible_connection` (ssh, openssh or local) on the host or group.',
  },
  port: { why: 'how a host is reached belongs to the inventory', instead: 'Set `ansible_port` on the host or group.' },
  collections: {
    why: 'every module is built in',
    instead: 'Remove it; modules are named `copy` or `ansible.builtin.copy`.',
  },
  vars_prompt: {
    why: 'a run never waits for answers',
    instead: 'Give the value on the command line: `-e name=value`, or `-e @file.yaml`.',
  },
  module_defaults: {
    why: 'a task says all of its arguments',
    instead: 'Write the argument in the tasks, or use a variable.',
  },
  debugger: { why: 'there is no debugger', instead: 'Go through the tasks one by one with `--step`.' },
  diff: { why: 'diffs are chosen for a whole run', instead: 'Give `--diff` on the command line.' },
  become_flags: { why: 'sudo is called in one way only', instead: 'Remove it.' },
  become_exe: { why: 'it belongs to the inventory', instead: 'Set `ansible_become_exe` on the host or group.' },
  delegate_facts: {
    why: 'facts belong to the host that they were read on',
    instead: 'Read them in a play on that host.',
  },
  gather_subset: { why: 'facts are cheap and read when they are needed', instead: 'Remove it.' },
  gather_timeout: { why: 'facts are cheap and read when they are needed', instead: 'Remove it.' },
  fact_path: { why: 'only the built-in facts are read', instead: 'Read the file in a task with `register`.' },
  first_available_file: { why: 'Ansible dropped it, too', instead: 'Use two tasks with `when`.' },
  static: { why: 'Ansible dropped it, too', instead: 'Write `import_tasks` or `include_tasks`.' },
  with_first_found: {
    why: 'a task names its files',
    instead: 'Choose with a variable in the name (`src: "{{ flavour }}.conf"`), or with one task each and `when`.',
  },
  with_list: { why: '`loop` does the same', instead: 'Write `loop`.' },
  with_flattened: { why: 'loops flatten one level at most', instead: 'Write `with_items`, or one list in `loop`.' },
  with_together: { why: 'a loop goes over one list', instead: 'Write `loop` over a list of mappings.' },
  with_nested: {
    why: 'a loop goes over one list',
    instead: 'Write `include_tasks` with the outer `loop`, and the inner loop in that file.',
  },
  with_cartesian: {
    why: 'a loop goes over one list',
    instead: 'Write `include_tasks` with the outer `loop`, and the inner loop in that file.',
  },
  with_subelements: {
    why: 'a loop goes over one list',
    instead: 'Write `include_tasks` with the outer `loop`, and the inner loop in that file.',
  },
  with_indexed_items: {
    why: '`loop_control` does the same',
    instead: 'Write `loop` and `loop_control: { index_var: i }`.',
  },
  with_random_choice: { why: 'a run must be repeatable', instead: 'Choose one and write it down.' },
  with_lines: {
    why: 'commands run in tasks',
    instead: 'Run the command with `register`, then loop over `stdout_lines`.',
  },
  with_file: { why: 'loops go over values', instead: 'Loop over the names with `with_fileglob` or `loop`.' },
  with_filetree: { why: '`copy` copies folders', instead: 'Give `copy` the folder as `src`.' },
  with_inventory_hostnames: { why: 'groups are variables', instead: 'Write `loop: "{{ groups.all }}"`.' },
};

/** Whether a key looks like a loop that nobody knows. */
export function isUnknownLoop(name: string): boolean {
  return name.startsWith('with_') && !looping.some((known) => known === name);
}

/** Whether it is a keyword of Ansible that we know and do not take. */
export function isRefused(name: string): boolean {
  return Object.hasOwn(refused, name);
}

/** Says what is wrong with a keyword that `set` does not have. */
export function refuse(node: YamlNode, name: string, set: KeywordSet, problems: Problems): void {
  const refusal = isRefused(name) ? refused[name] : undefined;
  if (refusal !== undefined) {
    problems.error(keySpanOf(node), `\`${name}\` is not taken: ${refusal.why}`, refusal.instead);
    return;
  }
  const article = /^[aeiou]/.test(set) ? 'an' : 'a';
  problems.error(
    keySpanOf(node),
    `${article} ${set} has no \`${name}\``,
    didYouMean(name, keywords[set]) ?? elsewhere(name),
  );
}

function elsewhere(name: string): string | undefined {
  const homes = (['play', 'block', 'task', 'handler'] as const).filter((set) => has(set, name));
  return homes.length === 0 ? undefined : `\`${name}\` belongs to ${alternatives(homes.map((home) => `a ${home}`))}.`;
}

function has(set: KeywordSet, name: string): boolean {
  return keywords[set].some((known: string) => known === name);
}

/** Reports every key of a mapping that is no keyword of this place; `besides` is the key that made it what it is. */
export function checkKeywords(node: YamlNode, set: KeywordSet, problems: Problems, besides?: YamlNode): void {
  for (const [name, entry] of entriesOf(node)) {
    if (!has(set, name) && name !== besides?.path.at(-1)) refuse(entry, name, set, problems);
  }
}

/** Whether a name is a keyword here. */
export function isKeyword(set: KeywordSet, name: string): boolean {
  return has(set, name);
}
