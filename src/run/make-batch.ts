import { dirname } from 'node:path/posix';

import { assertNever } from '../base/assert-never.ts';
import { touchedPaths } from '../host/op-script.ts';
import type { ActGroup, ActStep } from '../host/act-group.ts';
import type { Answer } from '../host/answers.ts';
import { makeGuard, type Answered } from '../host/guard.ts';
import { isFollowed } from '../host/job-script.ts';
import type { Op, Step } from '../base/op.ts';
import { unitOfPath } from '../host/unit-of-path.ts';

/** One planned task (or loop item) as the batch sees it. */
export interface BatchItem {
  readonly steps: readonly Step[];
  readonly reads: readonly Answered[];
  /** Its result decides how to go on: nothing may follow in the same batch. */
  readonly stopAfter: boolean;
  /** What its commands print is kept on the host. */
  readonly record?: boolean;
}

export interface Batch {
  readonly groups: readonly ActGroup[];
  /** For each group, the index of its first item: where to plan again when its guard does not hold. */
  readonly firstItems: readonly number[];
  /** Items of each step, by step id. */
  readonly itemOf: ReadonlyMap<string, number>;
  /** How many items the batch covers, from the first. */
  readonly covered: number;
}

interface Open {
  readonly firstItem: number;
  /** It goes on with an item whose first steps are done by then: a guard that does not hold here would have them done twice. */
  readonly isRest: boolean;
  readonly reads: Answered[];
  readonly steps: {
    readonly item: number;
    readonly step: Step;
    readonly stopAfter: boolean;
    readonly record: boolean;
  }[];
  readonly touched: Set<string>;
  /** Of these, the folders that are made, or only get other rights. */
  readonly folders: Set<string>;
  opaque: boolean;
}

/**
 * Cuts planned items into groups that each act behind one guard. An item joins the group before it unless something in that
 * group may change what it rests on: an op whose effects are not known, or one on a path or unit that it read. What planned
 * nothing is guarded, too, when it stands behind such an op.
 *
 * `before` are steps of the same plan that an earlier batch has done: what planned nothing stands behind them as well.
 */
export function makeBatch(items: readonly BatchItem[], nextGroup: () => string, before: readonly Step[] = []): Batch {
  const groups: Open[] = [];
  const touched = new Set(before.flatMap((step) => touches(step.do)));
  let opaqueBefore = before.some(isOpaque);
  let covered = items.length;
  for (const [index, item] of items.entries()) {
    if (item.steps.length === 0 && !opaqueBefore && !rests(item, touched)) continue;
    const stops = item.stopAfter || item.steps.some(isFollowed);
    let group = groups.at(-1);
    if (group === undefined || !mayJoin(item, group)) groups.push((group = open(index, false)));
    const made = group.folders;
    group.reads.push(...item.reads.filter((read) => !isOfFolder(read, made)));
    for (const [i, step] of item.steps.entries()) {
      const names = touches(step.do);
      // The rest of an item behind an opaque step is saved only when that step is through; texts are only then written at once when
      // their folder is there.
      if (i > 0 && (group.opaque || names.some((name) => group?.touched.has(name)) || isInNewFolder(step, group))) {
        groups.push((group = open(index, true)));
      }
      const last = i === item.steps.length - 1;
      const record = item.record === true && step.do.kind === 'exec' && !isFollowed(step);
      group.steps.push({ item: index, step, stopAfter: last && stops, record });
      for (const name of names) {
        group.touched.add(name);
        if (step.do.kind === 'directory') group.folders.add(name);
        touched.add(name);
      }
      if (isOpaque(step)) {
        group.opaque = true;
        opaqueBefore = true;
      }
    }
    if (stops && item.steps.length > 0) {
      covered = index + 1;
      break;
    }
  }
  return finish(
    groups.filter(({ steps, reads }) => steps.length > 0 || reads.length > 0),
    covered,
    nextGroup,
  );
}

function finish(groups: readonly Open[], covered: number, nextGroup: () => string): Batch {
  const itemOf = new Map<string, number>();
  const done = groups.map((group): ActGroup => {
    const id = nextGroup();
    const steps = group.steps.map(({ item, step, stopAfter, record }, i): ActStep => {
      itemOf.set(`${id}.${i}`, item);
      return { id: `${id}.${i}`, step, ...(stopAfter && { stopAfter }), ...(record && { record }) };
    });
    return { id, guard: makeGuard(group.reads), steps };
  });
  return { groups: done, firstItems: groups.map(({ firstItem }) => firstItem), itemOf, covered };
}

function open(firstItem: number, isRest: boolean): Open {
  return { firstItem, isRest, reads: [], steps: [], touched: new Set(), folders: new Set(), opaque: false };
}

function isInNewFolder({ do: op }: Step, { touched }: Open): boolean {
  return op.kind === 'file' && touched.has(`path ${dirname(op.path)}`);
}

function mayJoin(item: BatchItem, group: Open): boolean {
  if (group.opaque || (group.isRest && item.reads.length > 0)) return false;
  // Through links it reaches what goes by other names here: what those steps left is noted before.
  if (group.steps.length > 0 && item.steps.some(isRecursive)) return false;
  const changes = item.steps.flatMap(({ do: op }) => touches(op));
  if (item.steps.length > 0 && item.steps.every(({ do: op }) => op.kind === 'directory')) {
    return mayJoinFolders(item.reads, changes, group);
  }
  return !rests(item, group.touched) && !changes.some((name) => isTouched(name, group.touched));
}

/**
 * Folders are made one below the other in one group: what a plan sees of a folder that the group has made is what the group has made of it, and
 * below a folder nothing changes by that.
 */
function mayJoinFolders(reads: readonly Answered[], changes: readonly string[], { touched, folders }: Open): boolean {
  const others = new Set([...touched].filter((name) => !folders.has(name)));
  const rest = reads.filter((read) => !isOfFolder(read, folders));
  const mayRest = (name: string, plain: boolean): boolean =>
    isTouched(name, plain ? others : touched) || [...folders].some((folder) => folder.startsWith(`${name}/`));
  return (
    !rest.some((read) => readNames(read).some((name) => mayRest(name, isPlain(read.answer)))) &&
    !changes.some((name) => touched.has(name) || isTouched(name, others))
  );
}

/** Whether the answer is about one of these folders itself, and so about what the steps before have made of it. */
function isOfFolder({ query, answer }: Answered, folders: ReadonlySet<string>): boolean {
  const isFolder = answer.kind === 'path' && answer.state.type === 'directory';
  return query.kind === 'path' && isFolder && isPlain(answer) && folders.has(`path ${query.path}`);
}

/** About a path that no link leads away from. */
function isPlain(answer: Answer): boolean {
  return answer.kind === 'path' && answer.state.target === undefined;
}

function isRecursive({ do: op }: Step): boolean {
  return op.kind === 'attributes' && op.recursive === true;
}

/** Whether the item's plan may rest on something that was touched. */
function rests({ reads }: BatchItem, touched: ReadonlySet<string>): boolean {
  return reads.flatMap(readNames).some((name) => isTouched(name, touched));
}

/**
 * What a read is about, in the words of {@link touches}; nothing for what no op of ours can change unseen. `at` is a folder
 * without what is below it: nothing that is made there changes what the folder itself is.
 */
export function readNames({ query, answer }: Answered): string[] {
  switch (query.kind) {
    case 'path': {
      const state = answer.kind === 'path' ? answer.state : undefined;
      const kind = state?.type === 'directory' ? 'at' : 'path';
      const target = query.follow ? state?.target : undefined;
      return [`${kind} ${query.path}`, ...(target === undefined ? [] : [`${kind} ${target}`])];
    }
    case 'tree':
      return [`path ${query.path}`];
    case 'unit':
      return [`unit ${query.unit}`];
    case 'account':
      return ['path /etc/passwd', 'path /etc/group'];
    case 'probe':
      return ['anything'];
    case 'package':
    case 'facts':
      return [];
    default:
      return assertNever(query);
  }
}

/** What an op changes by name. */
export function touches(op: Op): string[] {
  if (op.kind === 'unit') return [`unit ${op.unit}`];
  return touchedPaths(op).flatMap((path) => {
    const unit = unitOfPath(path)?.unit;
    return unit === undefined ? [`path ${path}`] : [`path ${path}`, `unit ${unit}`];
  });
}

/** The same thing, something above it, or something below it. */
export function isTouched(name: string, touched: ReadonlySet<string>): boolean {
  if (touched.size === 0) return false;
  const isAlone = name.startsWith('at ');
  const path = isAlone ? `path ${name.slice(3)}` : name;
  if (name === 'anything' || touched.has(path) || touched.has('unit ')) return true;
  return [...touched].some((other) => path.startsWith(`${other}/`) || (!isAlone && other.startsWith(`${path}/`)));
}

/**
 * Whether a step may change things it does not name. Starting a unit may: what runs then writes files of its own. Waiting
 * is for something that changes; and a command that is declared to change nothing may have waited, too.
 */
export function isOpaque({ do: op }: Step): boolean {
  switch (op.kind) {
    case 'exec':
    case 'package':
    case 'reboot':
    case 'wait':
      return true;
    case 'unit':
      return !['enable', 'disable', 'daemon-reload'].includes(op.verb);
    default:
      return false;
  }
}
