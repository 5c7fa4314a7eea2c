import type { Diagnostic, Span } from '../base/diagnostic.ts';
import type { Written } from '../template/value.ts';
import type { Group, Inventory, InventoryHost } from './inventory.ts';
import { RangeProblem } from './host-range.ts';
import { parseHostNames } from './host-name.ts';

interface HostDraft {
  readonly span: Span;
  readonly vars: Map<string, Written>;
}

interface GroupDraft {
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly vars: Map<string, Written>;
  readonly span: Span | undefined;
  priority: number;
}

/** Gathers what the sources say; later ones add to and win over earlier ones. Problems are collected, not thrown. */
export class InventoryBuilder {
  readonly problems: Diagnostic[] = [];
  readonly #folders = new Set<string>();
  readonly #hosts = new Map<string, HostDraft>();
  readonly #groups = new Map<string, GroupDraft>();

  constructor() {
    this.addGroup('all');
    this.addGroup('ungrouped');
  }

  report(span: Span, message: string, hint?: string, severity: Diagnostic['severity'] = 'error'): void {
    this.problems.push({ severity, message, span, ...(hint !== undefined && { hint }) });
  }

  addFolder(folder: string): void {
    this.#folders.add(folder);
  }

  /** Adds the hosts that a name with ranges means to a group, and gives their names. */
  addHosts(text: string, group: string, span: Span): readonly string[] {
    try {
      const { names, port } = parseHostNames(text);
      for (const name of names) {
        if (!this.#hosts.has(name)) this.#hosts.set(name, { span, vars: new Map() });
        if (group !== 'all') this.addGroup(group).hosts.add(name);
        if (port !== undefined) this.setHostVar(name, 'ansible_port', { value: port, at: () => span });
      }
      return names;
    } catch (error) {
      if (!(error instanceof RangeProblem)) throw error;
      this.report(span, error.message, error.hint);
      return [];
    }
  }

  setHostVar(host: string, name: string, written: Written): void {
    this.#hosts.get(host)?.vars.set(name, written);
  }

  addGroup(name: string, span?: Span): GroupDraft {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const made: GroupDraft = { hosts: new Set(), children: new Set(), vars: new Map(), span, priority: 1 };
    this.#groups.set(name, made);
    return made;
  }

  groupNames(): Iterable<string> {
    return this.#groups.keys();
  }

  addChild(parent: string, child: string, span: Span): void {
    this.addGroup(child, span);
    if (child === 'all' || parent === child || this.#isBelow(parent, child)) {
      this.report(span, `\`${child}\` cannot be a child of \`${parent}\`: it holds \`${parent}\` itself`);
      return;
    }
    this.addGroup(parent, span).children.add(child);
  }

  setGroupVar(group: string, name: string, written: Written): void {
    const draft = this.addGroup(group);
    if (name !== 'ansible_group_priority') draft.vars.set(name, written);
    else if (typeof written.value === 'number') draft.priority = written.value;
    else this.report(spanOf(written), 'the priority of a group is a whole number');
  }

  #isBelow(name: string, ancestor: string): boolean {
    const below = new Set(this.#groups.get(ancestor)?.children);
    for (const one of below) for (const child of this.#groups.get(one)?.children ?? []) below.add(child);
    return below.has(name);
  }

  /** The inventory, with `all` above everything and `ungrouped` holding the rest. */
  finish(): Inventory {
    this.#adoptOrphans();
    this.#warnOfTwins();
    const groupsByHost = this.#groupsByHost();
    const depths = this.#depths();
    const hosts = [...this.#hosts].map(([name, { span, vars }]): [string, InventoryHost] => {
      return [name, { name, vars, span, groups: groupsByHost.get(name) ?? [] }];
    });
    const groups = [...this.#groups].map(([name, draft]): [string, Group] => {
      const { vars, priority } = draft;
      return [
        name,
        { name, hosts: [...draft.hosts], children: [...draft.children], vars, priority, depth: depths.get(name) ?? 1 },
      ];
    });
    const warnings = this.problems.filter(({ severity }) => severity === 'warning');
    return { hosts: new Map(hosts), groups: new Map(groups), folders: [...this.#folders], warnings };
  }

  #adoptOrphans(): void {
    const all = this.addGroup('all');
    const ungrouped = this.addGroup('ungrouped');
    const named = new Set<string>();
    const children = new Set<string>();
    for (const [name, draft] of this.#groups) {
      if (name !== 'all') for (const child of draft.children) children.add(child);
      if (name !== 'all' && name !== 'ungrouped') for (const host of draft.hosts) named.add(host);
    }
    const written = [...all.children];
    all.children.clear();
    all.children.add('ungrouped');
    for (const child of [...written, ...this.#groups.keys()]) {
      if (child !== 'all' && (!children.has(child) || written.includes(child))) all.children.add(child);
    }
    for (const name of this.#hosts.keys()) {
      if (named.has(name)) ungrouped.hosts.delete(name);
      else ungrouped.hosts.add(name);
    }
  }

  #warnOfTwins(): void {
    for (const [name, { span }] of this.#hosts) {
      if (!this.#groups.has(name)) continue;
      const hint = 'In patterns the name means the host: rename one of them.';
      this.report(span, `\`${name}\` is the name of a host and of a group`, hint, 'warning');
    }
  }

  #groupsByHost(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const [group, { hosts }] of this.#groups) {
      for (const host of hosts) found.set(host, [...(found.get(host) ?? []), group]);
    }
    return found;
  }

  /** The longest way from `all`; there are no loops. */
  #depths(): ReadonlyMap<string, number> {
    const depths = new Map<string, number>();
    const visit = (name: string, depth: number): void => {
      if ((depths.get(name) ?? -1) >= depth) return;
      depths.set(name, depth);
      for (const child of this.#groups.get(name)?.children ?? []) visit(child, depth + 1);
    };
    visit('all', 0);
    return depths;
  }
}

function spanOf({ at }: Written): Span {
  const origin = at([]);
  return 'line' in origin ? origin : { file: origin.file, line: 1, column: 1, length: 1 };
}
