import { formatDuration } from '../base/duration.ts';
import type { HostStatus, HostSummary, RunEvent } from '../base/event.ts';
import { hostNames } from './host-names.ts';
import type { Style } from './style.ts';
import { count, exitMeaning, paintStatus } from './words.ts';
import { displayWidth } from './width.ts';

const counters = ['ok', 'changed', 'skipped', 'failed', 'undone'] as const;

const statuses: readonly HostStatus[] = ['ok', 'skipped', 'rolled-back', 'failed', 'unreachable', 'rollback-failed'];

/** Gathers what the recap at the end of a run needs. */
export class Recap {
  #started: string | undefined;
  #dry = false;
  readonly #roundTrips = new Map<string, number>();
  /** Of the errors that ended hosts. */
  readonly #codes = new Set<string>();

  note(event: RunEvent): void {
    if (event.type === 'run-started') {
      this.#started = event.time;
      this.#dry = event.mode === 'check' || event.mode === 'plan';
    }
    if (event.type === 'host-ended') {
      this.#roundTrips.set(event.host, event.roundTrips);
      if (event.error !== undefined) this.#codes.add(event.error.code);
    }
  }

  /** A line for every group of hosts that ended alike, then the totals. */
  lines(event: Extract<RunEvent, { type: 'run-finished' }>, style: Style, verbosity: number): string[] {
    const groups = this.#groups(event.hosts, verbosity);
    const names = groups.map(({ hosts }) => hostNames(hosts));
    const width = Math.max(0, ...names.map((name) => displayWidth(name)));
    const rows = groups.map(({ summary, note }, i) => {
      const name = names[i] ?? '';
      const counts = counters.map((key) => `${key}=${summary[key]}`.padEnd(key.length + 5)).join('');
      const status = paintStatus(summary.status, style, summary.status.padEnd(15));
      return `${name}${' '.repeat(width - displayWidth(name))}  ${status}  ${counts}${note}`.trimEnd();
    });
    return [style.strong('recap'), ...rows, this.#totals(event, style)];
  }

  #groups(hosts: Readonly<Record<string, HostSummary>>, verbosity: number) {
    const groups = new Map<
      string,
      { readonly summary: HostSummary; readonly note: string; readonly hosts: string[] }
    >();
    for (const [host, summary] of Object.entries(hosts)) {
      const note = verbosity > 1 ? count(this.#roundTrips.get(host) ?? 0, 'round trip') : '';
      const key = JSON.stringify([summary.status, ...counters.map((name) => summary[name]), note]);
      const group = groups.get(key) ?? { summary, note, hosts: [] };
      groups.set(key, group);
      group.hosts.push(host);
    }
    return [...groups.values()];
  }

  #totals({ run, exitCode, hosts, time }: Extract<RunEvent, { type: 'run-finished' }>, style: Style): string {
    const all = Object.values(hosts);
    const ended = statuses.flatMap((status) => {
      const n = all.filter((host) => host.status === status).length;
      return n === 0 ? [] : [`${n} ${status}`];
    });
    const sum = (key: (typeof counters)[number]): number => all.reduce((total, host) => total + host[key], 0);
    const undone = sum('undone');
    const parts = [
      [count(all.length, 'host'), ended.join(', ')].filter((part) => part !== '').join(': '),
      `${count(sum('changed'), 'task')} ${this.#dry ? 'would change' : 'changed'}`,
      ...(undone > 0 ? [`${count(undone, 'step')} taken back`] : []),
      ...elapsed(this.#started, time),
    ];
    const verdict =
      exitCode === 0 ? '' : style.bad(`\nrun ${run}: ${exitMeaning(exitCode, this.#codes)} (exit code ${exitCode})`);
    return `${parts.join('; ')}${verdict}`;
  }
}

function elapsed(from: string | undefined, to: string | undefined): string[] {
  const ms = Date.parse(to ?? '') - Date.parse(from ?? '');
  return Number.isFinite(ms) && ms >= 0 ? [formatDuration(ms)] : [];
}
