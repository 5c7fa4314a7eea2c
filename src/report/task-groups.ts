import { hostNames } from './host-names.ts';
import { type TaskEntry, timeColumn } from './task-entry.ts';

interface Group {
  readonly entry: TaskEntry;
  readonly hosts: string[];
  elapsedMs: number | undefined;
  /** A failure is explained at once; the group then only names who else had it. */
  readonly shownFor: string | undefined;
}

interface Task {
  /** Hosts of the wave that have not come to the end of it. */
  readonly open: Set<string>;
  readonly groups: Map<string, Group>;
}

/**
 * Says what happened on many hosts once: entries of one task are held until every host of the wave has ended it, and come
 * out as one line for all hosts where the same happened.
 */
export class TaskGroups {
  readonly #tasks = new Map<string, Task>();
  #hosts = new Set<string>();

  /** A new wave, or a new play: what is held comes out. */
  wave(hosts: readonly string[]): string[] {
    const lines = this.flush();
    this.#hosts = new Set(hosts);
    return lines;
  }

  /** A task ended on a host; `entry` is undefined when that is not worth a line. Returns what is due. */
  add(id: string, host: string, entry: TaskEntry | undefined): string[] {
    const task = this.#tasks.get(id) ?? { open: new Set(this.#hosts), groups: new Map<string, Group>() };
    this.#tasks.set(id, task);
    const now = entry === undefined ? [] : join(task, host, entry);
    return [...this.#passed(id, host), ...now, ...this.#due(id, task)];
  }

  /** The host takes no part any more: nothing waits for it. */
  ended(host: string): string[] {
    this.#hosts.delete(host);
    return [...this.#tasks].flatMap(([id, task]) => (task.open.delete(host) ? this.#due(id, task) : []));
  }

  /** Everything that is held. */
  flush(): string[] {
    const lines = [...this.#tasks.values()].flatMap(linesOf);
    this.#tasks.clear();
    return lines;
  }

  /** Who has ended this task will not come to earlier ones: they ran once, on another host. */
  #passed(id: string, host: string): string[] {
    const due: string[] = [];
    for (const [earlier, task] of this.#tasks) {
      task.open.delete(host);
      if (earlier === id) break;
      due.push(...this.#due(earlier, task));
    }
    return due;
  }

  #due(id: string, task: Task): string[] {
    if (task.open.size > 0) return [];
    this.#tasks.delete(id);
    return linesOf(task);
  }
}

function join({ groups }: Task, host: string, entry: TaskEntry): string[] {
  const known = groups.get(entry.key);
  if (known !== undefined) {
    known.hosts.push(host);
    if (entry.elapsedMs !== undefined) known.elapsedMs = Math.max(known.elapsedMs ?? 0, entry.elapsedMs);
    return [];
  }
  const shownFor = entry.failed ? host : undefined;
  groups.set(entry.key, { entry, hosts: entry.failed ? [] : [host], elapsedMs: entry.elapsedMs, shownFor });
  return entry.failed ? entryLines(entry, entry.elapsedMs, host) : [];
}

function linesOf({ groups }: Task): string[] {
  return [...groups.values()].flatMap(({ entry, hosts, elapsedMs, shownFor }) => {
    if (hosts.length === 0) return [];
    const names = hostNames(hosts);
    return shownFor === undefined
      ? entryLines(entry, elapsedMs, names)
      : entryLines({ ...entry, details: [] }, elapsedMs, `${names}, as on ${shownFor}`);
  });
}

/** The host's names come last: they may be long, and the columns before them stay where they are. */
function entryLines(entry: TaskEntry, elapsedMs: number | undefined, names: string): string[] {
  const [first = '', ...rest] = entry.text.split('\n');
  return [`${entry.status}${timeColumn(elapsedMs)}  ${first}  [${names}]`, ...rest, ...entry.details];
}
