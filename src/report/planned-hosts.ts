import type { ErrorData, PlannedAction, RunEvent } from '../base/event.ts';

export type PlannedTask = Extract<RunEvent, { type: 'task-planned' }>;

/** What a plan says about one host. */
export interface PlannedHost {
  readonly host: string;
  readonly tasks: PlannedTask[];
  /** Why there is no plan, or not a whole one. */
  error?: ErrorData;
}

/** A group of hosts with the same plan: `first` stands for the others. */
export interface PlanGroup {
  readonly first: PlannedHost;
  readonly others: readonly string[];
}

/** A step of a plan that cannot be taken back. */
export interface IrreversibleStep {
  readonly task: string;
  readonly say: string;
  /** A host comes as often as it takes the step. */
  readonly hosts: readonly string[];
}

/** Gathers the plan of every host from the events of a dry run. */
export class PlannedHosts {
  readonly #hosts = new Map<string, PlannedHost>();

  note(event: RunEvent): void {
    if (event.type === 'run-started') for (const host of event.hosts) this.#of(host);
    if (event.type === 'task-planned') this.#of(event.host).tasks.push(event);
    if ((event.type === 'task-ended' || event.type === 'host-ended') && event.error !== undefined) {
      this.#of(event.host).error ??= event.error;
    }
  }

  all(): readonly PlannedHost[] {
    return [...this.#hosts.values()];
  }

  /** Hosts in order, those with the same plan together. */
  groups(): readonly PlanGroup[] {
    const groups = new Map<string, { readonly first: PlannedHost; readonly others: string[] }>();
    for (const host of this.all()) {
      const key = JSON.stringify([host.tasks.map(withoutHost), host.error]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { first: host, others: [] });
      else group.others.push(host.host);
    }
    return [...groups.values()];
  }

  count(action: PlannedAction): number {
    return this.all().reduce((sum, { tasks }) => sum + tasks.filter((task) => task.action === action).length, 0);
  }

  /** Steps that nothing takes back, each once with its hosts. */
  irreversible(): readonly IrreversibleStep[] {
    const found = new Map<string, IrreversibleStep & { readonly hosts: string[] }>();
    for (const { host, tasks } of this.all()) {
      for (const task of tasks) {
        for (const { say } of irreversible(task)) {
          const key = `${task.id}\0${say}`;
          const one = found.get(key) ?? { task: task.task, say, hosts: [] };
          found.set(key, one);
          one.hosts.push(host);
        }
      }
    }
    return [...found.values()];
  }

  #of(host: string): PlannedHost {
    const known = this.#hosts.get(host) ?? { host, tasks: [] };
    this.#hosts.set(host, known);
    return known;
  }
}

function irreversible({ action, steps }: PlannedTask) {
  return action === 'none' || action === 'skip' ? [] : steps.filter((step) => !step.reversible);
}

function withoutHost({ host: _host, time: _time, ...rest }: PlannedTask) {
  return rest;
}
