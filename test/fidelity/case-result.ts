import type { EndedCli } from '../helpers/built-cli.ts';
import { type Judgement, judge, type PlannedEntry, type RanEntry } from './judge.ts';
import { type Numbered, placed } from './node-script.ts';
import { taskName } from './playbook.ts';

/** What nodes printed of themselves, by case. */
export type Looks = ReadonlyMap<string, string>;
type Plan = ReadonlyMap<string, PlannedEntry>;
type Ran = ReadonlyMap<string, RanEntry>;

/** Everything that was seen in a round, in this order. */
export interface Seen {
  readonly before: Looks;
  readonly first: Plan;
  readonly checked: Ran;
  readonly untouched: Looks;
  readonly ran: Ran;
  readonly after: Looks;
  readonly second: Plan;
  readonly rollback: EndedCli;
  readonly back: Looks;
  readonly third: Plan;
}

export interface CaseResult {
  readonly numbered: Numbered;
  readonly host: string;
  readonly tasks: readonly ({ readonly name: string } & Judgement)[];
  /** What is wrong beyond single tasks: the tree, the second plan, the way back. */
  readonly wrong: readonly string[];
}

/** Compares what was said of a case with what was done. */
export function resultOf(numbered: Numbered, host: string, seen: Seen): CaseResult {
  const { case: own } = numbered;
  const names = [
    ...own.tasks.map((_, i) => taskName(numbered, i)),
    ...(own.handlers ?? []).map((handler) => placed(handler.name ?? '', numbered)),
  ];
  const tasks = names.map((name) => ({ name, ...judge(seen.first.get(name), seen.ran.get(name)) }));
  const wrong = [
    ...names.map((name) => judgeCheck(name, seen.first.get(name), seen.checked.get(name))),
    ...judgeLooks(numbered, names, seen),
    ...(own.repeats === true ? [] : names.map((name) => judgeSecond(name, seen.second.get(name), seen.ran.get(name)))),
    ...(own.stays === true ? [] : judgeBack(numbered, names, seen)),
    ...tasks
      .filter(({ verdict }) => verdict === 'acting' && own.failsActing?.includes(own.state) !== true)
      .map(({ name, why }) => `${name}: the plan did not say that it fails: ${why}`),
  ];
  return { numbered, host, tasks, wrong: wrong.filter((text) => text !== '') };
}

/** The nodes as witnesses of plan and run. */
function judgeLooks({ id, case: own }: Numbered, names: readonly string[], seen: Seen): readonly string[] {
  const [before, untouched, after] = [seen.before, seen.untouched, seen.after].map((looks) => looks.get(id));
  const planned = new Set(names.map((name) => seen.first.get(name)?.action));
  const isForeseen = planned.has('change') || planned.has('unknown');
  const failed = names.some((name) => ['ignored', 'failed'].includes(seen.ran.get(name)?.status ?? ''));
  const isSeen = own.isUnseen !== true && !failed && planned.has('change');
  return [
    before === undefined ? 'it was not looked at' : '',
    untouched === before ? '' : `plan or --check changed it: ${changes(before, untouched)}`,
    after === before || isForeseen ? '' : `nothing was planned, but it changed: ${changes(before, after)}`,
    after === before && isSeen ? 'a change was planned, but nothing changed' : '',
  ];
}

function judgeBack({ id }: Numbered, names: readonly string[], seen: Seen): readonly string[] {
  const [before, back] = [seen.before.get(id), seen.back.get(id)];
  return [
    ...undoFailures(seen.rollback, id),
    back === before ? '' : `the rollback left something: ${changes(before, back)}`,
    ...names.map((name) => judgeThird(name, seen.first.get(name), seen.third.get(name))),
  ];
}

/** What a rollback could not take back of a case. */
function undoFailures({ exitCode, stdout }: EndedCli, id: string): readonly string[] {
  if (exitCode === 0) return [];
  return stdout.split(/\n(?=\S)/).filter((block) => /^\S+ +not undone/.test(block) && block.includes(`/fid/${id}`));
}

function judgeCheck(name: string, planned: PlannedEntry | undefined, checked: RanEntry | undefined): string {
  const status = { none: 'ok', change: 'changed', unknown: 'skipped', skip: 'skipped' }[planned?.action ?? ''];
  if (planned === undefined && checked === undefined) return '';
  if (checked?.status !== status) {
    return `${name}: plan says ${planned?.action ?? 'nothing'}, --check ${checked?.status ?? 'nothing'}`;
  }
  const says = (checked?.steps ?? []).map(({ say }) => say).join('; ');
  const said = (planned?.steps ?? []).map(({ say }) => say).join('; ');
  return says === said ? '' : `${name}: plan says ${said}, --check ${says}`;
}

function judgeSecond(name: string, planned: PlannedEntry | undefined, ran: RanEntry | undefined): string {
  if (planned === undefined || planned.action === 'none' || planned.action === 'skip') return '';
  if (ran?.status === 'ignored' || ran?.status === 'failed') return '';
  if (planned.action === 'unknown' && !(planned.note ?? '').startsWith('would fail')) return '';
  const steps = planned.steps.map(({ say }) => say).join('; ');
  return `${name}: a second plan says ${planned.action} ${planned.note ?? ''}: ${steps}`;
}

function judgeThird(name: string, first: PlannedEntry | undefined, third: PlannedEntry | undefined): string {
  // A note may count what other cases are about to do.
  // What systemd has read again stays read, for all units.
  const [was, is] = [first, third].map((one) =>
    JSON.stringify({ name, steps: one?.steps.filter(({ say }) => !say.startsWith('let systemd read')) }),
  );
  return was === is ? '' : `${name}: after the rollback another plan: ${is}, at first ${was}`;
}

/** Lines that are only in one of two texts. */
function changes(before = '', after = ''): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return [...only(old, now, '-'), ...only(now, old, '+')].join(' | ').slice(0, 600);
}

function only(lines: readonly string[], others: readonly string[], sign: string): readonly string[] {
  return lines.filter((line) => !others.includes(line)).map((line) => sign + line);
}
