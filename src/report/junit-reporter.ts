import type { ErrorData, RunEvent, TaskStatus } from '../base/event.ts';
import { sanitise } from '../base/text.ts';
import type { Reporter, WriteLine } from './reporter.ts';

type Ended = Extract<RunEvent, { type: 'task-ended' }>;
type Undone = Extract<RunEvent, { type: 'undo-done' }>;

/**
 * JUnit XML as CI servers read it: a suite for each host, a case for each task. Written when it is closed: a journal may tell of a
 * run, its resumption and its rollback, and is one document all the same.
 */
export class JunitReporter implements Reporter {
  readonly #write: WriteLine;
  #title = '';
  /** Counts the goes at the run: itself and its resumptions. */
  #go = 0;
  #isOpen = false;
  readonly #suites = new Map<string, Case[]>();

  constructor(write: WriteLine) {
    this.#write = write;
  }

  onEvent(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        if (this.#title === '') this.#title = event.title;
        this.#isOpen = true;
        if (event.mode !== 'rollback') this.#go++;
        for (const host of event.hosts) this.#suite(host);
        break;
      case 'task-ended':
        this.#task(event);
        break;
      case 'undo-done':
        if (event.error !== undefined) this.#undo(event);
        break;
      case 'host-ended':
        if (event.status === 'unreachable') this.#unreachable(event.host, event.error);
        break;
      case 'run-finished':
        this.#isOpen = false;
        break;
      default:
    }
  }

  async close(): Promise<void> {
    if (this.#isOpen) {
      const error = { code: 'interrupted', message: 'the run never came to its end' } as const;
      this.#add('k3sbox', {
        head: `name="run" classname="k3sbox" time="0"`,
        body: problem('error', error),
        kind: 'error',
      });
    }
    this.#print();
  }

  #task(event: Ended): void {
    const { host, id, elapsedMs, status } = event;
    const at = event.at === undefined ? '' : ` file="${escape(event.at.file)}" line="${event.at.line}"`;
    const item =
      event.item === undefined ? '' : ` [${typeof event.item === 'string' ? event.item : JSON.stringify(event.item)}]`;
    const head = `name="${escape(event.task + item)}" classname="${escape(host)}" time="${seconds(elapsedMs)}"${at}`;
    // What was done again after an interruption counts as it ended at last.
    const cases = this.#suite(host).filter((each) => each.id !== id || each.go === this.#go);
    this.#suites.set(host, cases);
    this.#add(host, { id, head, body: bodyOf(event), kind: kinds[status], ms: elapsedMs });
  }

  #undo({ host, say, error }: Undone): void {
    const head = `name="${escape(`take back: ${say}`)}" classname="${escape(host)}" time="0"`;
    this.#add(host, { head, body: problem('failure', error), kind: 'failure' });
  }

  /** A host that was never reached has no task to carry the error. */
  #unreachable(host: string, error: ErrorData | undefined): void {
    if (this.#suite(host).some(({ kind }) => kind === 'error')) return;
    const head = `name="connect" classname="${escape(host)}" time="0"`;
    this.#add(host, { head, body: problem('error', error), kind: 'error' });
  }

  #add(host: string, added: Omit<Case, 'go' | 'ms'> & { readonly ms?: number }): void {
    this.#suite(host).push({ ms: 0, ...added, go: this.#go });
  }

  #suite(host: string): Case[] {
    const cases = this.#suites.get(host) ?? [];
    this.#suites.set(host, cases);
    return cases;
  }

  #print(): void {
    this.#write('<?xml version="1.0" encoding="UTF-8"?>');
    this.#write(`<testsuites name="${escape(this.#title)}">`);
    for (const [host, cases] of this.#suites) {
      const count = (wanted: Case['kind']): number => cases.filter(({ kind }) => kind === wanted).length;
      const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
      const ms = cases.reduce((sum, each) => sum + each.ms, 0);
      this.#write(`  <testsuite name="${escape(host)}" ${counts} time="${seconds(ms)}">`);
      for (const { head, body } of cases) {
        this.#write(body === '' ? `    <testcase ${head}/>` : `    <testcase ${head}>${body}</testcase>`);
      }
      this.#write('  </testsuite>');
    }
    this.#write('</testsuites>');
  }
}

interface Case {
  /** The task's; undefined for what is no task. */
  readonly id?: string;
  readonly go: number;
  readonly head: string;
  readonly body: string;
  readonly kind: 'passed' | 'skipped' | 'failure' | 'error';
  readonly ms: number;
}

const kinds: Readonly<Record<TaskStatus, Case['kind']>> = {
  ok: 'passed',
  changed: 'passed',
  ignored: 'passed',
  skipped: 'skipped',
  failed: 'failure',
  unreachable: 'error',
};

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
