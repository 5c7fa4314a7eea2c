import { touchedPaths } from '../host/op-script.ts';
import type { ActGroup, ActStep } from '../host/act-script.ts';
import { makeGuard, type Answered } from '../host/guard.ts';
import type { Op, Step } from '../base/op.ts';

/** One planned task (or loop item) as the batch sees it. */
export interface BatchItem {
  readonly steps: readonly Step[];
  readonly reads: readonly Answered[];
  /** Its result decides how to go on: nothing may follow in the same batch. */
  readonly stopAfter: boolean;
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
  readonly reads: Answered[];
  readonly steps: { readonly item: number; readonly step: Step; readonly stopAfter: boolean }[];
  readonly touched: Set<string>;
  opaque: boolean;
}

/**
 * Cuts planned items into groups that each act behind one guard. An item joins the group before it unless something in that
 * group may change what it rests on: an op whose effects are not known, or one on a path or unit that it read. What planned
 * nothing is guarded, too, when it stands behind such an op.
 */
export function makeBatch(items: readonly BatchItem[], nextGroup: () => string): Batch {
  const groups: Open[] = [];
  let opaqueBefore = false;
  let covered = items.length;
  for (const [index, item] of items.entries()) {
    if (item.steps.length === 0 && !opaqueBefore && !overlaps(item, groups)) continue;
    let group = groups.at(-1);
    if (group === undefined || !mayJoin(item, group)) groups.push((group = open(index)));
    group.reads.push(...item.reads);
    for (const [i, step] of item.steps.entries()) {
      // The rest of an item behind an opaque step is saved only when that step is through.
      if (i > 0 && (group.opaque || touches(step.do).some((name) => group?.touched.has(name)))) {
        groups.push((group = open(index)));
      }
      const last = i === item.steps.length - 1;
      group.steps.push({ item: index, step, stopAfter: last && item.stopAfter });
      for (const name of touches(step.do)) group.touched.add(name);
      if (isOpaque(step)) {
        group.opaque = true;
        opaqueBefore = true;
      }
    }
    if (item.stopAfter && item.steps.length > 0) {
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
    const steps = group.steps.map(({ item, step, stopAfter }, i): ActStep => {
      itemOf.set(`${id}.${i}`, item);
      return { id: `${id}.${i}`, step, ...(stopAfter && { stopAfter }) };
    });
    return { id, guard: makeGuard(group.reads), steps };
  });
  return { groups: done, firstItems: groups.map(({ firstItem }) => firstItem), itemOf, covered };
}

function open(firstItem: number): Open {
  return { firstItem, reads: [], steps: [], touched: new Set(), opaque: false };
}

function mayJoin(item: BatchItem, group: Open): boolean {
  if (group.opaque) return false;
  const names = [...item.reads.map(readName), ...item.steps.flatMap(({ do: op }) => touches(op))];
  return !names.some((name) => name !== undefined && isTouched(name, group.touched));
}

function overlaps(item: BatchItem, groups: readonly Open[]): boolean {
  const names = item.reads.map(readName);
  return groups.some(({ touched }) => names.some((name) => name !== undefined && isTouched(name, touched)));
}

/** What a read is about, in the words of {@link touches}; undefined for what no op of ours can change unseen. */
function readName({ query }: Answered): string | undefined {
  if (query.kind === 'path' || query.kind === 'tree') return `path ${query.path}`;
  if (query.kind === 'unit') return `unit ${query.unit}`;
  if (query.kind === 'probe') return 'anything';
  return undefined;
}

function touches(op: Op): string[] {
  const paths = touchedPaths(op).flatMap((path) => {
    const unit = /\/systemd\/system\/([^/]+\.[a-z]+)(?:\.d\/[^/]+)?$/.exec(path)?.[1];
    return unit === undefined ? [`path ${path}`] : [`path ${path}`, `unit ${unit}`];
  });
  return op.kind === 'unit' ? [`unit ${op.unit}`] : paths;
}

/** The same thing, something above it, or something below it. */
function isTouched(name: string, touched: ReadonlySet<string>): boolean {
  if (touched.size === 0) return false;
  if (name === 'anything' || touched.has(name) || touched.has('unit ')) return true;
  return [...touched].some((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`));
}

/** Whether a step may change things it does not name. Starting a unit may: what runs then writes files of its own. */
function isOpaque({ do: op, changes }: Step): boolean {
  if (op.kind === 'wait') return false;
  if (op.kind === 'exec') return changes !== false;
  return (
    op.kind === 'package' ||
    op.kind === 'reboot' ||
    (op.kind === 'unit' && !['enable', 'disable', 'daemon-reload'].includes(op.verb))
  );
}
