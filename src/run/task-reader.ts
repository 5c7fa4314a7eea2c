import { Deferred } from '../base/deferred.ts';
import { TaskFailedError } from '../base/errors.ts';
import type { PackageManager } from '../base/op.ts';
import type { ShellCommand } from '../base/sh.ts';
import type { Values } from '../base/value.ts';
import type { Answer } from '../host/answers.ts';
import type { Answered } from '../host/guard.ts';
import type { GroupEntry, PackageState, PasswdEntry, PathState, ProbeResult, Query, UnitState } from '../host/query.ts';
import type { HostReader, PathOptions } from '../host/reader.ts';

const deniedHint = 'Set `become: true` on the task or the play.';

interface Question {
  readonly query: Query;
  readonly answer: Deferred<Answer>;
}

/**
 * What one task reads while it plans. Questions wait here until the segment has gathered those of all its tasks; what was
 * answered is kept: it is what the task's plan rests on.
 */
export class TaskReader implements HostReader {
  readonly name: string;
  readonly isLenient: boolean;
  readonly #answered: Answered[] = [];
  #open: Question[] = [];
  #asked = new Deferred();

  constructor(name: string, isLenient = false) {
    this.name = name;
    this.isLenient = isLenient;
  }

  /** The questions that wait for an answer. */
  get open(): readonly Query[] {
    return this.#open.map(({ query }) => query);
  }

  get answered(): readonly Answered[] {
    return this.#answered;
  }

  /** Settles when the task has asked something that waits. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Answers everything that is open; a question about what the user may not look at is refused. */
  answerAll(answerTo: (query: Query) => Answer): void {
    const questions = this.#open;
    this.#open = [];
    this.#asked = new Deferred();
    for (const { query, answer: deferred } of questions) {
      const answer = answerTo(query);
      this.#answered.push({ query, answer });
      if (answer.kind === 'denied') deferred.reject(new TaskFailedError(answer.said, { hint: deniedHint }));
      else deferred.resolve(answer);
    }
  }

  async path(path: string, { follow, want, unless }: PathOptions = {}): Promise<PathState> {
    const answer = await this.#ask({
      kind: 'path',
      path: checked(path),
      ...(follow && { follow }),
      ...(want && { want }),
      ...(unless !== undefined && { unless }),
    });
    return expect(answer, 'path').state;
  }

  async tree(path: string, { want }: { readonly want?: 'sum' } = {}): Promise<readonly PathState[]> {
    return expect(await this.#ask({ kind: 'tree', path: checked(path), ...(want && { want }) }), 'tree').entries;
  }

  async unit(unit: string): Promise<UnitState> {
    const name = /\.[a-z]+$/.test(unit) ? unit : `${unit}.service`;
    return expect(await this.#ask({ kind: 'unit', unit: name }), 'unit').state;
  }

  async package(
    manager: PackageManager,
    name: string,
    { latest }: { readonly latest?: boolean } = {},
  ): Promise<PackageState> {
    const answer = await this.#ask({ kind: 'package', manager, name, ...(latest && { latest }) });
    return expect(answer, 'package').state;
  }

  async user(name: string): Promise<PasswdEntry | undefined> {
    return expect(await this.#ask({ kind: 'account', database: 'passwd', name }), 'account').user;
  }

  async group(name: string): Promise<GroupEntry | undefined> {
    return expect(await this.#ask({ kind: 'account', database: 'group', name }), 'account').group;
  }

  async probe(
    command: ShellCommand,
    options: { readonly stdin?: string; readonly timeoutMs?: number; readonly unguarded?: boolean } = {},
  ): Promise<ProbeResult> {
    const { stdin, timeoutMs, unguarded } = options;
    const answer = await this.#ask({
      kind: 'probe',
      command,
      ...(stdin !== undefined && { stdin }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(unguarded && { unguarded }),
    });
    return expect(answer, 'probe').result;
  }

  async facts(): Promise<Values> {
    return expect(await this.#ask({ kind: 'facts' }), 'facts').facts;
  }

  #ask(query: Query): Promise<Answer> {
    const question: Question = { query, answer: new Deferred() };
    this.#open.push(question);
    this.#asked.resolve();
    return question.answer.promise;
  }
}

function expect<K extends Answer['kind']>(answer: Answer, kind: K): Extract<Answer, { kind: K }> {
  if (!isKind(answer, kind)) throw new Error(`asked for ${kind}, answered with ${answer.kind}`);
  return answer;
}

function isKind<K extends Answer['kind']>(answer: Answer, kind: K): answer is Extract<Answer, { kind: K }> {
  return answer.kind === kind;
}

/** The read scripts work line by line. */
function checked(path: string): string {
  if (!path.startsWith('/') || /[\n\0]/.test(path)) {
    throw new Error(`not a path that can be read: ${JSON.stringify(path)}`);
  }
  return path;
}
