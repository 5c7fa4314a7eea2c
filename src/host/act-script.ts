import type { Op, Step } from '../base/op.ts';
import { quote } from '../base/sh.ts';
import type { ActGroup, ActStep } from './act-group.ts';
import { startLibrary } from './job-library.ts';
import { isFollowed, isInBackground } from './job-script.ts';
import { renderDeadman, type BatchDeadman } from './deadman.ts';
import { runFolder, undoIsWhole, type RunPlace } from './run-folder.ts';
import type { Guard } from './guard.ts';
import {
  inlineText,
  isSumKnown,
  renderOp,
  renderPreparation,
  renderSave,
  touchedPaths,
  writtenSum,
  type OpPlace,
} from './op-script.ts';
import type { Query } from './query.ts';
import { renderGuard, renderQuestions } from './read-script.ts';
import { renderAgain, renderUndo, renderUndoGuard } from './step-undo.ts';
import { isSimple, renderSimple, renderTogether, simpleLibrary } from './simple-steps.ts';
import { hostLibrary, undoHead, undoTail } from './undo-library.ts';

export interface ActScript {
  readonly script: string;
  /** The contents of files, one behind the other, for the script's stdin. */
  readonly payload: Buffer;
}

export interface ActScriptOptions {
  readonly place: RunPlace;
  /** The session's; here-documents end with it, so that no content can end one early. */
  readonly nonce: string;
  readonly contents: ReadonlyMap<string, Buffer>;
  readonly deadman?: BatchDeadman | undefined;
  /** A batch before has put the undo program into the run's folder. */
  readonly hasUndo: boolean;
  /** What is asked when all of it is done. */
  readonly asks?: readonly Query[] | undefined;
}

/**
 * One script that does a batch: for each group it asks the guard's questions again and stops with a frame `G group;` when
 * the answers differ from what was planned on; then it saves, writes the undo and syncs both; then it acts, between
 * frames `B step;` and `D step exitCode;` on both streams, or before one frame `X step exitCode;` on stdout when the step takes no time and says
 * nothing but why it failed. It stops behind the first step that fails. Answers come behind a frame `R;`.
 */
export function renderAct(groups: readonly ActGroup[], options: ActScriptOptions): ActScript {
  const { place, nonce } = options;
  const payload: Buffer[] = [];
  const text = groups.map((group, i) => renderGroup(group, i, options, (bytes) => payload.push(bytes)));
  const script = [
    `N=${nonce} K=$1 k_run=${quote(place.run)} G= L= F= k_made= k_vars= k_ready= k_swept= k_wrote=`,
    runFolder(place),
    options.hasUndo ? hostLibrary : libraryWithUndo,
    ...(groups.some(({ steps }) => steps.some(isSimple)) ? [simpleLibrary] : []),
    ...(groups.some(({ steps }) => steps.some(({ step }) => isInBackground(step))) ? [startLibrary(`${nonce}J`)] : []),
    '[ -f "$R/undo" ]||exit 1',
    'cd "$R"||exit 1',
    'k_own',
    ...(options.deadman === undefined ? [] : [renderDeadman(options.deadman, nonce)]),
    ...text,
    ...(options.asks === undefined ? [] : [`G= L=;printf %s "$N"'R;'`, renderQuestions(options.asks, nonce)]),
    'exit 0',
  ].join('\n');
  return { script, payload: Buffer.concat(payload) };
}

/**
 * The functions, and the undo program, which has them too: they are sent once. The same for every host. The program is synced with the
 * first group's undo, before that group acts; one that is not whole was cut off before anything was done.
 */
const libraryWithUndo = [
  `k_lib=${quote(hostLibrary)}`,
  'eval "$k_lib"',
  `${undoIsWhole}||{ umask 077;mkdir -p "$R"&&{ k_print ${quote(undoHead)}"$k_lib"${quote(undoTail)} >"$R/undo"||{ rm -f "$R/undo";false;};};r=$?;umask 022;[ $r = 0 ];}||exit 1`,
].join('\n');

function renderGroup(
  group: ActGroup,
  index: number,
  { place: { run }, nonce, contents }: ActScriptOptions,
  payload: OpPlace['payload'],
): string {
  const { id, guard, steps } = group;
  if (steps.length === 0) return guard === undefined ? '' : renderGuardCheck(guard, index, nonce).join('\n');
  const touched = [...new Set(steps.flatMap(({ step }) => touchedPaths(step.do)))];
  const paths = touched.map(quote).join(' ');
  const places = new Map<ActStep, OpPlace>(
    steps.map((step, i) => {
      const [delimiter, variable] = [`${nonce}S${index}x${i}`, `k_t${index}_${i}`];
      return [step, { id: step.id, run, delimiter, variable, contents, payload }];
    }),
  );
  const place = (step: ActStep): OpPlace =>
    places.get(step) ?? { id: step.id, run, delimiter: nonce, contents, payload };
  const prepared = renderPreparations(steps, place);
  const leave = `k_leave(){ ${paths === '' ? '' : `k_seen ${id} ${paths};`}${prepared.length === 0 ? ':' : 'k_drop'};}`;
  const hasCommands = steps.some(({ step }) => !isOnPath(step.do));
  const undo = steps.toReversed().map((step) => renderUndo(step, place(step)));
  return [
    'W= k_wrote=',
    ...(guard === undefined ? [] : renderGuardCheck(guard, index, nonce)),
    ...(paths === ''
      ? []
      : [`{ ${renderBefore(guard, touched)};echo '# end';} >${id}.before||exit 1`, `W="$W ${id}.before"`]),
    ...steps.flatMap((step) => renderSave(step.step.do, step)).map((line) => `${line}||exit 1`),
    `k_print ${quote([...undo, '# end', ''].join('\n'))} >${id}.undo||exit 1`,
    ...steps.flatMap((step) => renderAgain(step, `${nonce}A${step.id}`, place(step))),
    ...steps.flatMap((step) => renderUndoGuard(step, `${nonce}G${step.id}`, place(step))),
    // Behind the undo, which knows of what is written beside targets.
    ...prepared,
    `k_synced $W ${id}.undo undo .`,
    leave,
    ...renderSteps(steps, place, !hasCommands),
    ...(paths === '' ? [] : [renderSeen(id, touched, hasCommands ? [] : steps)]),
  ].join('\n');
}

function renderGuardCheck({ queries, digest, text }: Guard, index: number, nonce: string): string[] {
  const ask = renderGuard(queries, `${nonce}Q${index}`);
  if (text === undefined) {
    return ['G=1', `k_g=$({`, ask, '}|sha256sum)', `[ "\${k_g%% *}" = ${digest} ]||k_changed ${index}`];
  }
  return ['G=1', `k_g=$(`, ask, ')', `[ "$k_g" = ${quote(text.replace(/\n+$/, ''))} ]||k_changed ${index}`];
}

/** What stood there before: the guard has just looked at it, or else it is looked at now. */
function renderBefore(guard: Guard | undefined, touched: readonly string[]): string {
  const look = `k_look ${touched.map(quote).join(' ')}`;
  if (guard?.text === undefined || !touched.every((path) => guard.covers.has(path))) return look;
  return `if k_linked ${touched.map(quote).join(' ')};then ${look};else printf '%s\\n' "$k_g";fi`;
}

/** The steps in their order. `notes`: what they write need not be read again, since no command may come in between. */
function renderSteps(steps: readonly ActStep[], place: (step: ActStep) => OpPlace, notes: boolean): string[] {
  const together = renderTogether(steps, place);
  return steps.flatMap((step, i) => {
    const text = isSimple(step)
      ? renderSimple(step, place(step), notes)
      : [renderStep(step, place(step)), ...(notes ? renderWrote(step) : [])].join('\n');
    const line = together.get(i);
    return line === undefined ? [text] : [line, text];
  });
}

/** The texts of a group's files, and what writes them before its first step. */
function renderPreparations(steps: readonly ActStep[], place: (step: ActStep) => OpPlace): string[] {
  const texts = steps.flatMap((step) => {
    const text = inlineText(step.step.do);
    return text === undefined ? [] : [`${place(step).variable}=${quote(text)}`];
  });
  const found = steps.flatMap((step) => renderPreparation(step.step.do, place(step)) ?? []);
  const modes = [...new Set(found.map(({ mode }) => mode))];
  return [
    ...texts,
    ...modes.flatMap((mode) =>
      found
        .filter((one) => one.mode === mode)
        .map(({ text }) => text)
        .concat(`k_modes ${mode}`),
    ),
  ];
}

/** What stands there when all steps are through: what `written` have written is not read again. */
function renderSeen(id: string, touched: readonly string[], written: readonly ActStep[]): string {
  const known = new Set(
    written.flatMap(({ step: { do: op } }) => (op.kind === 'file' && isSumKnown(op) ? [op.path] : [])),
  );
  const others = touched.filter((path) => !known.has(path));
  return `k_seenall ${id} ${known.size} ${[...known, ...others].map(quote).join(' ')}`;
}

/** What a step has just written need not be read again to know what it is, unless a command may come in between. */
function renderWrote({ step: { do: op } }: ActStep): string[] {
  const sum = op.kind === 'file' ? writtenSum(op) : undefined;
  if (op.kind !== 'file' || sum === undefined) return [];
  return [`k_wrote="\${k_wrote}${sum}  "${quote(op.path)}$k_nl`];
}

function isOnPath(op: Op): boolean {
  return op.kind !== 'exec' && touchedPaths(op).length > 0;
}

/** On failure the paths are looked at all the same: undo must know what we left. */
function renderStep({ id, step, stopAfter, record }: ActStep, place: OpPlace): string {
  const { do: op } = step;
  const ok = op.kind === 'exec' && op.okExitCodes !== undefined && op.okExitCodes !== 'any' ? op.okExitCodes : [0];
  const tolerant = op.kind === 'exec' && op.okExitCodes === 'any';
  // What a command leaves is on the disk before it is said to be done: after a power cut it would else look like somebody's change.
  const saved = op.kind === 'exec' ? (op.saves ?? []).map(quote).join(' ') : '';
  const verdict = tolerant ? '' : `case $k_r in ${ok.join('|')});;*)k_leave;exit 0;;esac`;
  const sync = record || needsBegun(step) ? `k_synced ${id}.begun .` : '';
  if (isBrief(op)) {
    const text = [`true >${id}.begun||exit 1`, sync, '{', renderOp(op, place), '} 2>&1', `k_r=$?;k_did ${id} $k_r`];
    return [...text, ...(stopAfter ? ['k_leave;exit 0'] : [verdict])].filter((line) => line !== '').join('\n');
  }
  return [
    `true >${id}.begun||exit 1;${sync === '' ? '' : `${sync};`}k_begin ${id}`,
    record
      ? `k_record ${id} &&{ ${renderOp(op, place)}
} >"$K/out" 2>"$K/err"`
      : renderOp(op, place),
    `k_r=$?;cd "$R";${record ? 'k_recorded;' : ''}${saved === '' ? '' : `k_settled ${saved};`}k_end ${id} $k_r${isFollowed(step) ? ' started' : ''}`,
    ...(stopAfter ? ['k_leave;exit 0'] : [verdict]),
  ].join('\n');
}

/** Over as soon as it has begun, however much there is to do. */
export function isBrief(op: Op): boolean {
  switch (op.kind) {
    case 'directory':
    case 'link':
      return true;
    case 'file':
      return inlineText(op) !== undefined && op.validate === undefined;
    case 'attributes':
      return op.recursive !== true;
    default:
      return false;
  }
}

/** Whether the undo goes by the mark that the step has begun, which must then survive a power cut. */
function needsBegun({ do: op, undo, undoGuard }: Step): boolean {
  return (
    undo !== undefined ||
    undoGuard !== undefined ||
    op.kind === 'unit' ||
    (op.kind === 'exec' && op.saves !== undefined)
  );
}
