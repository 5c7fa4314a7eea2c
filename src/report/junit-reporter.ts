import type { ErrorData, RunEvent } from '../base/event.ts';
import { sanitise } from '../base/text.ts';
import type { Reporter, WriteLine } from './reporter.ts';

type Ended = Extract<RunEvent, { type: 'task-ended' }>;
type Undone = Extract<RunEvent, { type: 'undo-done' }>;

/** JUnit XML as CI servers read it: a suite for each host, a case for each task. Written when the run is through. */
export class JunitReporter implements Reporter {
  readonly #write: WriteLine;
  #title = '';
  readonly #cases = new Map<string, string[]>();
  readonly #counts = new Map<
    string,
    { tests: number; failures: number; errors: number; skipped: number; ms: number }
  >();

  constructor(write: WriteLine) {
    this.#write = write;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'run-started') {
      this.#title = event.title;
      for (const host of event.hosts) this.#suite(host);
    }
    if (event.type === 'task-ended') this.#task(event);
    if (event.type === 'undo-done' && event.error !== undefined) this.#undo(event);
    if (event.type === 'host-ended' && event.status === 'unreachable') this.#unreachable(event.host, event.error);
    if (event.type === 'run-finished') this.#print();
  }

  #task(event: Ended): void {
    const counts = this.#suite(event.host);
    counts.ms += event.elapsedMs;
    const at = event.at === undefined ? '' : ` file="${escape(event.at.file)}" line="${event.at.line}"`;
    const item =
      event.item === undefined ? '' : ` [${typeof event.item === 'string' ? event.item : JSON.stringify(event.item)}]`;
    const head = `name="${escape(event.task + item)}" classname="${escape(event.host)}" time="${seconds(event.elapsedMs)}"${at}`;
    if (event.status === 'skipped') counts.skipped++;
    if (event.status === 'failed') counts.failures++;
    if (event.status === 'unreachable') counts.errors++;
    this.#case(event.host, head, bodyOf(event));
  }

  #undo({ host, say, error }: Undone): void {
    this.#suite(host).failures++;
    this.#case(
      host,
      `name="${escape(`take back: ${say}`)}" classname="${escape(host)}" time="0"`,
      problem('failure', error),
    );
  }

  /** A host that was never reached has no task to carry the error. */
  #unreachable(host: string, error: ErrorData | undefined): void {
    const counts = this.#suite(host);
    if (counts.errors > 0) return;
    counts.errors++;
    this.#case(host, `name="connect" classname="${escape(host)}" time="0"`, problem('error', error));
  }

  #case(host: string, head: string, body: string): void {
    this.#suite(host).tests++;
    this.#cases.get(host)?.push(body === '' ? `    <testcase ${head}/>` : `    <testcase ${head}>${body}</testcase>`);
  }

  #suite(host: string) {
    const counts = this.#counts.get(host) ?? { tests: 0, failures: 0, errors: 0, skipped: 0, ms: 0 };
    this.#counts.set(host, counts);
    if (!this.#cases.has(host)) this.#cases.set(host, []);
    return counts;
  }

  #print(): void {
    this.#write('<?xml version="1.0" encoding="UTF-8"?>');
    this.#write(`<testsuites name="${escape(this.#title)}">`);
    for (const [host, { tests, failures, errors, skipped, ms }] of this.#counts) {
      const counts = `tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
      this.#write(`  <testsuite name="${escape(host)}" ${counts} time="${seconds(ms)}">`);
      for (const line of this.#cases.get(host) ?? []) this.#write(line);
      this.#write('  </testsuite>');
    }
    this.#write('</testsuites>');
  }
}

function bodyOf({ status, error, message }: Ended): string {
  switch (status) {
    case 'skipped':
      return message === undefined ? '<skipped/>' : `<skipped message="${escape(message)}"/>`;
    case 'failed':
      return problem('failure', error);
    case 'unreachable':
      return problem('error', error);
    default:
      return '';
  }
}

function problem(element: 'failure' | 'error', error: ErrorData | undefined): string {
  const { code = 'internal', message = 'no reason was given', command, output, hint } = error ?? {};
  const text = [command && `$ ${command}`, output, hint && `hint: ${hint}`].filter(
    (part) => part !== undefined && part !== '',
  );
  return `<${element} type="${code}" message="${escape(message)}">${escape(text.join('\n'))}</${element}>`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Text for XML 1.0, which knows no way to write most control characters. */
function escape(text: string): string {
  return sanitise(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;')
    .replaceAll(/[\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}
