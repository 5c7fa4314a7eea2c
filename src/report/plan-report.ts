import { formatSpan } from '../base/diagnostic.ts';
import type { PlannedAction, RunEvent } from '../base/event.ts';
import { sanitise } from '../base/text.ts';
import { diffLines, unifiedDiff } from './diff-view.ts';
import { failureLines } from './failure-lines.ts';
import { hostNames } from './host-names.ts';
import { safeJson } from './json-reporter.ts';
import {
  type IrreversibleStep,
  type PlannedHost,
  PlannedHosts,
  type PlannedTask,
  type PlanGroup,
} from './planned-hosts.ts';
import type { Reporter, WriteLine } from './reporter.ts';
import type { Style } from './style.ts';
import { count } from './words.ts';

export interface PlanOptions {
  readonly style: Style;
  /** From 1 on, tasks with nothing to do are listed, too. */
  readonly verbosity: number;
  /** Only where hosts are not as wanted; nothing at all when they are. */
  readonly onlyDrift?: boolean;
}

/** Shows what a run would change, host by host, when the dry run is through. */
export class PlanReporter implements Reporter {
  readonly #write: WriteLine;
  readonly #options: PlanOptions;
  readonly #planned = new PlannedHosts();

  constructor(write: WriteLine, options: PlanOptions) {
    this.#write = write;
    this.#options = options;
  }

  onEvent(event: RunEvent): void {
    if (isOf(event, this.#options)) this.#planned.note(event);
    if (event.type === 'warning') this.#write(`warning  ${sanitise(event.message)}`);
    if (event.type === 'run-finished') for (const line of planLines(this.#planned, this.#options)) this.#write(line);
  }
}

/** The same as one JSON document. */
export class PlanJsonReporter implements Reporter {
  readonly #write: WriteLine;
  readonly #planned = new PlannedHosts();
  readonly #options: Pick<PlanOptions, 'onlyDrift'>;

  constructor(write: WriteLine, options: Pick<PlanOptions, 'onlyDrift'> = {}) {
    this.#write = write;
    this.#options = options;
  }

  onEvent(event: RunEvent): void {
    if (isOf(event, this.#options)) this.#planned.note(event);
    if (event.type === 'run-finished') this.#write(safeJson(planDocument(this.#planned), 2));
  }
}

function isOf(event: RunEvent, { onlyDrift = false }: Pick<PlanOptions, 'onlyDrift'>): boolean {
  return event.type !== 'task-planned' || !onlyDrift || event.drift === true;
}

/** What `plan --output json` prints: design.md, section 9. A step's `diff` is a unified diff. */
export interface PlanDocument {
  readonly hosts: Readonly<Record<string, PlanDocumentHost>>;
  /** Steps that nothing takes back. */
  readonly irreversible: readonly IrreversibleStep[];
}

interface PlanDocumentHost {
  readonly tasks: readonly {
    readonly name: string;
    readonly module: string;
    readonly action: PlannedAction;
    readonly reversible: boolean;
    readonly steps: readonly { readonly say: string; readonly diff?: string }[];
    readonly note?: string;
  }[];
  readonly error?: { readonly code: string; readonly message: string };
}

function planDocument(planned: PlannedHosts): PlanDocument {
  const hosts = planned.all().map((host): [string, PlanDocumentHost] => [
    host.host,
    {
      tasks: host.tasks.map((task) => ({
        name: task.task,
        module: task.module,
        action: task.action,
        reversible: task.steps.every((step) => step.reversible),
        steps: task.steps.map(({ say, diff }) => ({ say, ...(diff && { diff: unifiedDiff(diff) }) })),
        ...(task.note !== undefined && { note: task.note }),
      })),
      ...(host.error && { error: { code: host.error.code, message: host.error.message } }),
    },
  ]);
  return { hosts: Object.fromEntries(hosts), irreversible: planned.irreversible() };
}

/** What people read: each plan once, hosts with the same one named below it, and the totals. */
function planLines(planned: PlannedHosts, options: PlanOptions): string[] {
  const groups = planned.groups();
  if (options.onlyDrift !== true) {
    const lines = groups.flatMap((group) => groupLines(group, options));
    return [...lines, totals(planned, options.style), ...irreversibleLines(planned.irreversible(), options.style)];
  }
  const drifted = groups.filter(({ first: { tasks, error } }) => tasks.length > 0 || error !== undefined);
  if (drifted.length === 0) return [];
  return [...drifted.flatMap((group) => groupLines(group, options)), driftTotals(planned, options.style)];
}

function driftTotals(planned: PlannedHosts, style: Style): string {
  const all = planned.all();
  const drifted = all.filter(({ tasks }) => tasks.length > 0).length;
  const failed = all.filter(({ error }) => error !== undefined).length;
  const unknown = failed === 0 ? '' : style.bad(`; ${count(failed, 'host')} could not be looked at`);
  const tasks = count(planned.count('change'), 'task');
  return `${style.strong(`drift  ${drifted} of ${count(all.length, 'host')}: ${tasks} not as wanted`)}${unknown}`;
}

function groupLines({ first, others }: PlanGroup, options: PlanOptions): string[] {
  const { style } = options;
  const body = [...taskLines(first, options), ...failureLines({ error: first.error }, style)];
  if (body.length === 0) {
    return [`${style.strong(hostNames([first.host, ...others]))}  ${style.good('nothing to change')}`];
  }
  const same = others.length === 0 ? [] : [`${style.strong(hostNames(others))}  same as ${first.host}`];
  return [style.strong(sanitise(first.host)), ...body, ...same];
}

const words: Readonly<Record<PlannedAction, string>> = {
  none: 'ok',
  change: 'change',
  unknown: 'unknown',
  skip: 'skip',
};

function taskLines({ tasks }: PlannedHost, { style, verbosity }: PlanOptions): string[] {
  const shown = tasks.filter(({ action }) => verbosity > 0 || action === 'change' || action === 'unknown');
  return shown.flatMap((task) => linesOf(task, style));
}

function linesOf(planned: PlannedTask, style: Style): string[] {
  const { action, task, module, at } = planned;
  const paint = action === 'change' || action === 'unknown' ? style.changed : style.quiet;
  const place = at === undefined ? '' : `  ${style.place(formatSpan(at))}`;
  const head = `  ${paint(words[action].padEnd(7))}  ${sanitise(task)}  ${style.quiet(`(${module})`)}${place}`;
  return [head, ...detailsOf(planned, style)];
}

function detailsOf({ action, steps, note }: PlannedTask, style: Style): string[] {
  const unknown = action === 'unknown' ? ['known after apply'] : [];
  const remarks = [...unknown, ...(note === undefined ? [] : [sanitise(note).replaceAll('\n', ' ')])];
  return [
    ...(remarks.length === 0 ? [] : [`    ${style.quiet(remarks.join(': '))}`]),
    ...steps.flatMap(({ say, reversible, diff }) => [
      `    ${sanitise(say)}${reversible ? '' : style.bad('  (not reversible)')}`,
      ...(diff ? diffLines(diff, style).map((line) => `      ${line}`) : []),
    ]),
  ];
}

const mostIrreversible = 10;

/** Which they are: somebody has to decide whether that is meant. */
function irreversibleLines(steps: readonly IrreversibleStep[], style: Style): string[] {
  const left = steps.length - mostIrreversible;
  const lines = steps.slice(0, mostIrreversible).map(({ task, say, hosts }) => {
    const where = hostNames([...new Set(hosts)]);
    return `  ${style.bad('not reversible')}  ${sanitise(say).replaceAll('\n', ' ')}  ${style.quiet(`(${sanitise(task)})`)}  ${where}`;
  });
  return left > 0 ? [...lines, `  and ${left} more`] : lines;
}

function totals(planned: PlannedHosts, style: Style): string {
  const irreversible = planned.irreversible().reduce((sum, { hosts }) => sum + hosts.length, 0);
  const failed = planned.all().filter(({ error }) => error !== undefined).length;
  const unknown = planned.count('unknown');
  const parts = [
    `${count(planned.all().length, 'host')}: ${count(planned.count('change'), 'change')}`,
    ...(unknown > 0 ? [`${unknown} known after apply`] : []),
    `${planned.count('none')} as wanted`,
    `${planned.count('skip')} skipped`,
  ];
  const warnings = [
    ...(irreversible > 0 ? [`${count(irreversible, 'step')} cannot be taken back`] : []),
    ...(failed > 0 ? [`${count(failed, 'host')} without a whole plan`] : []),
  ];
  return [style.strong(`plan  ${parts.join(', ')}`), ...warnings.map((warning) => style.bad(warning))].join('; ');
}
