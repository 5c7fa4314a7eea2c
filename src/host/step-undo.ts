import { assertNever } from '../base/assert-never.ts';
import { sha256Hex } from '../base/digest.ts';
import type { Op } from '../base/op.ts';
import { quote } from '../base/sh.ts';
import type { ActStep } from './act-group.ts';
import { renderOp, touchedPaths, type OpPlace } from './op-script.ts';
import { unitOfPath } from './unit-of-path.ts';

/** A step's lines in the group's undo file. Nothing secret may stand there: commands are stored as they are. */
export function renderUndo({ id, step }: ActStep, place: OpPlace): string {
  const names = standingOn(step.do).map(quote).join(' ');
  const whole = (text: string): string =>
    `if k_step ${id} ${quote(`take back: ${step.say}`)} ${names};then\n${text}\nfi`;
  if (step.undo !== undefined) {
    const text = renderOp(step.undo, later(place, 'U'));
    return whole(`if [ ! -f ${id}.begun ];then k_done;elif k_would;then {\n${text}\n} >"$K/u" 2>&1;k_undone $?;fi`);
  }
  const { do: op } = step;
  switch (op.kind) {
    case 'file':
    case 'directory':
    case 'link':
    case 'remove':
    case 'attributes':
      return whole(`k_undo_path ${quote(op.path)}`);
    case 'unit':
      return op.verb === 'daemon-reload' ? '' : whole(`k_undo_unit ${quote(op.unit)} ${op.verb}`);
    case 'package':
      return whole(`k_undo_packages ${op.manager}`);
    case 'exec':
      return (op.saves ?? [])
        .map((path, i) => {
          const head = `k_step ${id}.${i} ${quote(`bring back ${path}`)} ${pathNames(path).map(quote).join(' ')}`;
          return `if ${head};then\nk_undo_saved ${quote(path)}\nfi`;
        })
        .join('\n');
    case 'wait':
    case 'reboot':
      return '';
    default:
      return assertNever(op);
  }
}

/** What a step has changed, by names: a step that comes later and has one of them stands on it. */
function standingOn(op: Op): readonly string[] {
  if (op.kind === 'unit') return op.unit === '' ? [] : [`unit ${op.unit}`];
  return op.kind === 'package' ? ['packages'] : touchedPaths(op).flatMap(pathNames);
}

function pathNames(path: string): readonly string[] {
  const unit = unitOfPath(path)?.unit;
  return [`path ${path}`, ...(unit === undefined ? [] : [`unit ${unit}`])];
}

/** Asked before anything of the run is taken back: what it prints is the reason when it fails. */
export function renderUndoGuard({ id, step: { undoGuard } }: ActStep, delimiter: string, place: OpPlace): string[] {
  if (undoGuard === undefined) return [];
  const text = renderOp(undoGuard, later(place, 'G'));
  return [`cat >${id}.guard <<'${delimiter}'||exit 1`, text, delimiter, `W="$W ${id}.guard"`];
}

export function renderAgain({ id, step }: ActStep, delimiter: string, place: OpPlace): string[] {
  const reload = step.do.kind === 'unit' && step.do.verb === 'daemon-reload';
  if (!step.againAfterUndo && !reload) return [];
  const { do: op } = step;
  const text =
    op.kind === 'unit' && !reload ? `k_again_unit ${op.verb} ${quote(op.unit)}` : renderOp(op, later(place, 'A'));
  return [
    `cat >${id}.again <<'${delimiter}'||exit 1`,
    `# ${sha256Hex(JSON.stringify(step.do))} ${step.say.replaceAll('\n', ' ')}`,
    text,
    delimiter,
    `W="$W ${id}.again"`,
  ];
}

/** For what runs long after the script that brought it: it has no bytes of its own. */
function later({ id, run, delimiter, contents }: OpPlace, suffix: string): OpPlace {
  return { id, run, contents, delimiter: `${delimiter}${suffix}`, payload: noPayload };
}

function noPayload(): void {
  throw new Error('an undo cannot carry the content of a file; the op that replaced the file saved it');
}
