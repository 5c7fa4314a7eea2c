import type { HostStatus, RunEvent } from '../base/event.ts';
import { sanitise } from '../base/text.ts';

export type RowState = HostStatus | 'waiting' | 'connecting' | 'working' | 'rolling-back';

/** One host as the live view shows it. */
export interface HostRow {
  readonly host: string;
  readonly state: RowState;
  /** What it is doing. */
  readonly task?: string;
  /** The last thing heard of it: a step, a line of output, a retry. */
  readonly note?: string;
  /** When the current task began, in milliseconds of the caller's clock. */
  readonly since: number;
}

/** The state of a fleet in the middle of a run. Fed with events, read by frames. */
export class FleetView {
  readonly #clock: () => number;
  readonly #rows = new Map<string, HostRow>();
  #title = '';
  #play = '';
  #wave = '';
  #started = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get title(): string {
    return this.#title;
  }

  /** The play and, when there are several, the wave. */
  get stage(): string {
    return [this.#play, this.#wave].filter((part) => part !== '').join('  ');
  }

  get elapsedMs(): number {
    return this.#clock() - this.#started;
  }

  get now(): number {
    return this.#clock();
  }

  rows(): Iterable<HostRow> {
    return this.#rows.values();
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#title = sanitise(event.title);
        this.#started = this.#clock();
        for (const host of event.hosts) this.#set(host, { state: 'waiting' });
        break;
      case 'play-started':
        this.#play = sanitise(event.play);
        this.#wave = '';
        break;
      case 'wave-started':
        this.#wave = event.waves > 1 ? `wave ${event.wave}/${event.waves}` : '';
        this.#startWave(new Set(event.hosts));
        break;
      case 'rollout':
        this.#wave =
          event.state === 'goes-on' ? `wave ${event.wave}` : `wave ${event.wave} ${event.state.replace('-', ' ')}`;
        break;
      case 'warning':
      case 'run-finished':
      case 'task-planned':
      case 'step-done':
        break;
      default:
        this.#applyToHost(event);
    }
  }

  /** Hosts of earlier waves are through with this play, until another one wants them. */
  #startWave(hosts: ReadonlySet<string>): void {
    for (const { host, state } of this.#rows.values()) {
      if (hosts.has(host) && state === 'waiting') this.#set(host, { state: 'connecting' });
      if (hosts.has(host) && state === 'ok') this.#set(host, { state: 'working' });
      if (!hosts.has(host) && state === 'working') this.#set(host, { state: 'ok' });
    }
  }

  #applyToHost(event: HostEvent): void {
    const { host } = event;
    switch (event.type) {
      case 'host-connected':
        this.#set(host, { state: 'working' });
        break;
      case 'task-started':
        this.#set(host, { state: 'working', task: sanitise(event.task) });
        break;
      case 'step-intended':
        this.#note(host, event.say);
        break;
      case 'task-output':
        this.#note(host, event.text.trimEnd().split('\n').at(-1) ?? '');
        break;
      case 'task-retried':
        this.#note(host, `try ${event.attempt} of ${event.of}: ${event.message}`);
        break;
      case 'task-ended':
        this.#set(host, {
          state: event.status === 'failed' || event.status === 'unreachable' ? event.status : 'working',
        });
        break;
      case 'task-rescued':
        this.#set(host, { state: 'working' });
        break;
      case 'rollback-started':
        this.#set(host, { state: 'rolling-back', task: `taking back ${event.steps} steps` });
        break;
      case 'undo-done':
        this.#note(host, event.say);
        break;
      case 'rollback-ended':
        this.#set(host, { state: event.failed > 0 ? 'rollback-failed' : 'rolled-back' });
        break;
      case 'host-ended':
        this.#set(host, { state: event.status });
        break;
      case 'deadman-fired':
        this.#note(host, 'nobody confirmed in time: the host took the run back by itself');
        break;
      default:
    }
  }

  #set(host: string, row: Pick<HostRow, 'state' | 'task'>): void {
    this.#rows.set(host, { host, ...row, since: this.#clock() });
  }

  #note(host: string, note: string): void {
    const row = this.#rows.get(host);
    if (row !== undefined) this.#rows.set(host, { ...row, note: sanitise(note).replaceAll(/\s+/g, ' ') });
  }
}

type HostEvent = Exclude<
  RunEvent,
  {
    type:
      | 'run-started'
      | 'play-started'
      | 'wave-started'
      | 'rollout'
      | 'warning'
      | 'run-finished'
      | 'task-planned'
      | 'step-done';
  }
>;
