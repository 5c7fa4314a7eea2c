import { assertNever } from '../base/assert-never.ts';
import { sayDuration } from '../base/duration.ts';
import { formatDuration } from '../base/duration.ts';
import type { RunEvent } from '../base/event.ts';
import { sanitise } from '../base/text.ts';
import { diffLines } from './diff-view.ts';
import { failureLines, labelled } from './failure-lines.ts';
import { hostNames } from './host-names.ts';
import { endedEntry, type LineOptions, plannedEntry, statusWidth, type TaskEntry, timeColumn } from './task-entry.ts';
import { fit } from './width.ts';
import { count, paintStatus } from './words.ts';

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** Words an event: host, status and time in columns that stay where they are, then the task. No lines: not worth one. */
export class EventLines {
  readonly #options: LineOptions;
  #hostWidth = 0;
  #mode: Of<'run-started'>['mode'] = 'run';
  /** Errors that have been shown with the task that raised them. */
  readonly #explained = new Set<string>();
  /** Output that has no newline yet. */
  readonly #partial = new Map<string, string>();

  constructor(options: LineOptions) {
    this.#options = options;
  }

  of(event: RunEvent): string[] {
    const { style, verbosity } = this.#options;
    switch (event.type) {
      case 'run-started':
        return this.#runStarted(event);
      case 'play-started':
        return [style.strong(`play ${sanitise(event.play)}  ${hostNames(event.hosts)}`)];
      case 'wave-started':
        return event.waves > 1 ? [style.strong(`wave ${event.wave}/${event.waves}  ${hostNames(event.hosts)}`)] : [];
      case 'rollout':
        return [style.strong(rolloutText(event))];
      case 'host-connected':
        return verbosity > 0 ? [this.#row(event.host, style.quiet, 'connected', '', event.elapsedMs)] : [];
      case 'task-started':
        return verbosity > 1 ? [this.#row(event.host, style.quiet, 'started', event.task)] : [];
      case 'step-intended':
        return verbosity > 1 ? [this.#row(event.host, style.quiet, 'step', event.say)] : [];
      case 'step-done':
        return verbosity > 1 && !event.changed ? [this.#row(event.host, style.quiet, 'no change', event.say)] : [];
      case 'task-output':
        return verbosity > 0 ? this.#output(event) : [];
      case 'task-retried':
        return verbosity > 0 ? [this.#retried(event)] : [];
      case 'task-planned':
      case 'task-ended':
        return [...this.outputRest(event), ...this.#entryLines(event.host, this.entry(event))];
      case 'task-rescued':
        return verbosity > 0 ? [this.#row(event.host, style.quiet, 'rescued', event.task)] : [];
      case 'rollback-started':
        return [this.#row(event.host, style.changed, 'taking back', count(event.steps, 'step'))];
      case 'undo-done':
        return this.#undone(event);
      case 'rollback-ended':
        return [this.#rolledBack(event)];
      case 'deadman-armed':
      case 'deadman-confirmed':
      case 'deadman-fired':
        return this.#deadman(event);
      case 'warning':
        return this.#warning(event);
      case 'host-ended':
        return this.#hostEnded(event);
      case 'run-finished':
        return [];
      default:
        return assertNever(event);
    }
  }

  /** The end of a task, or its plan in a dry run; undefined when it is not worth a line. */
  entry(event: Of<'task-ended' | 'task-planned'>): TaskEntry | undefined {
    const options = this.#options;
    if (event.type === 'task-planned') return plannedEntry(event, options);
    // Failures carry their explanation; the host's end need not repeat it.
    if (event.error !== undefined) this.#explained.add(`${event.host}\0${event.error.message}`);
    return endedEntry(event, options, this.#mode === 'check' ? 'would change' : 'changed');
  }

  /** What a task printed without a newline before it ended. */
  outputRest(event: Of<'task-ended' | 'task-planned'>): string[] {
    return ['stdout', 'stderr'].flatMap((stream) => {
      const key = outputKey(event, stream);
      const rest = this.#partial.get(key) ?? '';
      this.#partial.delete(key);
      return rest === '' ? [] : [this.#outputLine(event.host, rest)];
    });
  }

  #entryLines(host: string, entry: TaskEntry | undefined): string[] {
    if (entry === undefined) return [];
    const head = `${this.#host(host)}  ${entry.status}${timeColumn(entry.elapsedMs)}  ${entry.text}`;
    return [...head.split('\n'), ...entry.details];
  }

  #runStarted(event: Of<'run-started'>): string[] {
    const { style } = this.#options;
    this.#mode = event.mode;
    this.#hostWidth = Math.min(24, Math.max(4, ...event.hosts.map((host) => host.length)));
    const mode = event.mode === 'run' ? '' : `${event.mode}  `;
    return [style.strong(`run ${event.run}  ${mode}${sanitise(event.title)}  ${count(event.hosts.length, 'host')}`)];
  }

  #retried({ host, task, attempt, of, message }: Of<'task-retried'>): string {
    return this.#row(host, this.#options.style.quiet, `try ${attempt}/${of}`, `${task}: ${message}`);
  }

  #output(event: Of<'task-output'>): string[] {
    const key = outputKey(event, event.stream);
    const lines = ((this.#partial.get(key) ?? '') + event.text).split('\n');
    this.#partial.set(key, lines.pop() ?? '');
    return lines.map((line) => this.#outputLine(event.host, line));
  }

  #outputLine(host: string, line: string): string {
    return `${this.#host(host)}  ${this.#options.style.quiet('|')} ${sanitise(line)}`;
  }

  #undone({ host, say, planned, error, diff }: Of<'undo-done'>): string[] {
    const { style } = this.#options;
    if (error === undefined) return [this.#row(host, style.changed, planned ? 'would undo' : 'undone', say)];
    const status = planned ? 'cannot undo' : 'undo failed';
    const difference = diff === undefined ? [] : diffLines(diff, style).map((line) => `    ${line}`);
    return [this.#row(host, style.bad, status, say), ...difference, ...failureLines({ error }, style)];
  }

  #rolledBack({ host, undone, failed }: Of<'rollback-ended'>): string {
    const { style } = this.#options;
    const done = `${count(undone, 'step')} taken back`;
    if (failed === 0) return this.#row(host, style.changed, 'rolled-back', done);
    return this.#row(host, style.bad, 'rollback-failed', `${done}, ${failed} not`);
  }

  #deadman(event: Of<'deadman-armed' | 'deadman-confirmed' | 'deadman-fired'>): string[] {
    const { style, verbosity } = this.#options;
    const { host } = event;
    if (event.type === 'deadman-fired') {
      return [this.#row(host, style.bad, 'deadman', 'nobody confirmed in time: the host took the run back by itself')];
    }
    if (event.type === 'deadman-armed') {
      const text = `armed: the host goes back by itself in ${sayDuration(event.afterMs)}`;
      return verbosity > 0 ? [this.#row(host, style.quiet, 'deadman', text)] : [];
    }
    const { address, port } = event;
    const where = [address, port === undefined ? undefined : `port ${port}`]
      .filter((part) => part !== undefined)
      .join(' ');
    const text = `confirmed over a new connection${where === '' ? '' : `, at ${where}`}`;
    return where !== '' || verbosity > 0 ? [this.#row(host, style.quiet, 'deadman', text)] : [];
  }

  #warning({ host, message, hint }: Of<'warning'>): string[] {
    const { style } = this.#options;
    const hints = labelled('hint', hint);
    if (host !== undefined) return [this.#row(host, style.changed, 'warning', message), ...hints];
    return [`${style.changed('warning')}  ${sanitise(message)}`, ...hints];
  }

  #hostEnded({ host, status, roundTrips, error }: Of<'host-ended'>): string[] {
    const { style, verbosity } = this.#options;
    const known = error === undefined || this.#explained.has(`${host}\0${error.message}`);
    const trips = verbosity > 1 ? [this.#row(host, style.quiet, 'ended', count(roundTrips, 'round trip'))] : [];
    if (known) return trips;
    const paint = (text: string): string => paintStatus(status, style, text);
    return [this.#row(host, paint, status, ''), ...failureLines({ error }, style), ...trips];
  }

  #row(host: string, paint: (text: string) => string, status: string, text: string, elapsedMs?: number): string {
    const line = `${this.#host(host)}  ${paint(status.padEnd(statusWidth))}${timeColumn(elapsedMs)}  ${sanitise(text)}`;
    return line.trimEnd().replaceAll('\n', ' ');
  }

  #host(host: string): string {
    const name = sanitise(host);
    return name.length > this.#hostWidth ? name : fit(name, this.#hostWidth);
  }
}

function rolloutText({ wave, state, ms = 0 }: Of<'rollout'>): string {
  switch (state) {
    case 'at-gate':
      return `wave ${wave}  is at its gate`;
    case 'verifying':
      return `wave ${wave}  is verified`;
    case 'soaking':
      return `wave ${wave}  soaks for ${formatDuration(ms)}`;
    case 'paused':
      return `wave ${wave}  paused: \`k3sbox resume RUN\` lets it go on, \`k3sbox abort RUN\` ends it`;
    case 'aborting':
      return `wave ${wave}  is aborted: hosts in flight end the step they are at`;
    default:
      return `wave ${wave}  goes on`;
  }
}

function outputKey({ host, id }: { readonly host: string; readonly id: string }, stream: string): string {
  return `${host}\0${id}\0${stream}`;
}
