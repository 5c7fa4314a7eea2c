import { Listr } from 'listr2';

import { Deferred } from '../base/deferred.ts';
import type { RunEvent } from '../base/event.ts';
import { EventLines } from './event-lines.ts';
import { FleetRenderer } from './fleet-renderer.ts';
import { FleetView } from './fleet-view.ts';
import { LiveScreen, type Terminal } from './live-screen.ts';
import { Recap } from './recap.ts';
import type { Reporter } from './reporter.ts';
import type { LineOptions } from './task-entry.ts';
import { TaskGroups } from './task-groups.ts';

export interface TreeOptions extends LineOptions {
  /** The live part alone: what happened is shown elsewhere. */
  readonly onlyProgress?: boolean;
}

/** At most ten frames a second. */
const frameMs = 100;

/**
 * What people see on a terminal: below, the play, its wave and what every host is doing, alive; above, what happened, once
 * for all hosts where the same happened; at the end the recap. listr2 only paints: it starts nothing and decides nothing,
 * and it must not listen for signals, since its own handler ends the process in the middle of a rollback.
 */
export class TreeReporter implements Reporter {
  readonly #terminal: Terminal;
  readonly #options: TreeOptions;
  readonly #screen: LiveScreen;
  readonly #view: FleetView;
  readonly #lines: EventLines;
  readonly #groups = new TaskGroups();
  readonly #recap = new Recap();
  readonly #hosts = new Map<string, Deferred>();
  #painting: Promise<unknown> = Promise.resolve();

  constructor(terminal: Terminal, options: TreeOptions, clock: () => number = Date.now) {
    this.#terminal = terminal;
    this.#options = options;
    this.#screen = new LiveScreen(terminal);
    this.#view = new FleetView(clock);
    this.#lines = new EventLines(options);
  }

  onEvent(event: RunEvent): void {
    this.#view.apply(event);
    this.#recap.note(event);
    if (this.#options.onlyProgress !== true) this.#screen.print(this.#linesFor(event));
    if (event.type === 'run-started') this.#start(event.hosts);
    if (event.type === 'host-ended') this.#hosts.get(event.host)?.resolve();
    if (event.type === 'run-finished') for (const done of this.#hosts.values()) done.resolve();
  }

  /** Resolves when the last line is on the screen and the cursor is back. */
  async close(): Promise<void> {
    for (const done of this.#hosts.values()) done.resolve();
    await this.#painting;
    this.restore();
  }

  /** Gives the terminal back at once: for exits that wait for nothing. */
  restore(): void {
    this.#screen.close();
  }

  #start(hosts: readonly string[]): void {
    for (const host of hosts) this.#hosts.set(host, new Deferred());
    const rows = [...this.#hosts].map(([title, done]) => ({ title, task: () => done.promise }));
    this.#painting = new Listr(rows, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: FleetRenderer,
      rendererOptions: {
        view: this.#view,
        screen: this.#screen,
        terminal: this.#terminal,
        style: this.#options.style,
        everyMs: frameMs,
      },
    }).run();
  }

  #linesFor(event: RunEvent): string[] {
    const { style, verbosity } = this.#options;
    switch (event.type) {
      case 'run-started':
      case 'play-started':
      case 'wave-started':
        return [...this.#groups.wave(event.hosts), ...this.#lines.of(event)];
      case 'task-planned':
      case 'task-ended':
        return [
          ...this.#lines.outputRest(event),
          ...this.#groups.add(`${event.type}\0${event.id}`, event.host, this.#lines.entry(event)),
          ...(hasFailed(event) ? this.#groups.ended(event.host) : []),
        ];
      case 'host-ended':
        return [...this.#groups.ended(event.host), ...this.#lines.of(event)];
      case 'rollback-started':
        return verbosity > 0 ? this.#lines.of(event) : [];
      case 'undo-done':
        return verbosity > 0 || event.planned || event.error !== undefined ? this.#lines.of(event) : [];
      case 'run-finished':
        return [...this.#groups.flush(), ...this.#recap.lines(event, style, verbosity)];
      default:
        return this.#lines.of(event);
    }
  }
}

/** Nobody waits for the other tasks of a host that is out. */
function hasFailed(event: RunEvent): boolean {
  return event.type === 'task-ended' && (event.status === 'failed' || event.status === 'unreachable');
}
