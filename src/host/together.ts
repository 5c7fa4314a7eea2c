import { quote } from '../base/sh.ts';
import type { Ownership } from '../base/op.ts';
import type { ActStep } from './act-group.ts';
import { modeWord, ownerWord, renderPreparation, temporaryBeside, type OpPlace } from './op-script.ts';

/**
 * One process for many steps, where the host has a perl (every Debian and Ubuntu has: `perl-base`): it makes folders and renames files whose
 * text is written, in their order, each between its own marks, as {@link renderOp}'s text would. It stops without a word before the first
 * step that is not simple or not possible. What it has done has a `.rc`; the rest is done by the shell, which also says why something fails.
 *
 * Each step is seven words: its id, "d" or "f", mode, owner, path, the file with the text, and whether that is written. It cannot label files for
 * SELinux, so it is not used there.
 */
const program = [
  'use strict',
  'sub note{open my $f,">",$_[0] or exit;print $f $_[1];close $f or exit}',
  'sub number{my($w,$find)=@_;return -1 if $w eq "";return $w if $w=~/^[0-9]+$/;my $n=$find->($w);exit unless defined $n;$n}',
  'while(my($id,$kind,$mode,$owner,$path,$text,$ready)=splice @ARGV,0,7){my($o,$g)=split /:/,"$owner:";my $uid=number($o,sub{scalar getpwnam $_[0]});my $gid=number($g,sub{scalar getgrnam $_[0]})',
  'if($kind eq "d"){exit if -e $path||-l $path}else{exit unless $ready&&-f $text&&!-l $text&&(-l $path||!-d $path)}',
  'note("$id.begun","")',
  'if($kind eq "d"){mkdir $path,$mode eq ""?0777:oct($mode)&0777 or exit;if($uid>=0||$gid>=0){chown $uid,$gid,$path or exit}if($mode ne ""){chmod oct $mode,$path or exit}}' +
    'else{my @new=stat $text;my @old=stat $path;my($u,$h)=@old?@old[4,5]:@new[4,5];$u=$uid if $uid>=0;$h=$gid if $gid>=0;my $m=$mode ne ""?oct $mode:@old?$old[2]&07777:0644' +
    ';my $moved=$u!=$new[4]||$h!=$new[5];if($moved){chown $u,$h,$text or exit}if($moved||$m!=($new[2]&07777)){chmod $m,$text or exit}rename $text,$path or exit}',
  'note("$id.rc","0")}',
].join(';');

export const togetherLibrary = String.raw`
k_together(){ command -v perl >/dev/null 2>&1&&[ ! -e /sys/fs/selinux/enforce ]||return 0;perl -e ${quote(program)} -- "$@" </dev/null >/dev/null 2>&1 7>&-
o=;while [ $# -gt 0 ]&&[ -s "$1.rc" ];do o="$o$N""X $1 0;";shift 7;done;printf %s "$o";}
`.trim();

/** For arguments of a process: what is longer is done in pieces. */
const mostSteps = 250;

/**
 * The runs of steps, from each one's first index on, that are done by one process where that is possible. One step alone needs no
 * help.
 */
export function togetherRuns(
  steps: readonly ActStep[],
  place: (step: ActStep) => OpPlace,
): ReadonlyMap<number, number> {
  const runs = new Map<number, number>();
  let first = 0;
  for (let i = 0; i <= steps.length; i++) {
    const step = steps[i];
    const isSimple = step !== undefined && isSimpleStep(step, place(step));
    if (isSimple && i - first < mostSteps) continue;
    if (i - first > 1) runs.set(first, i - first);
    first = isSimple ? i : i + 1;
  }
  return runs;
}

/** Tries these steps at once: `k_together` and seven words for each. */
export function renderTogether(steps: readonly ActStep[], place: (step: ActStep) => OpPlace): string {
  return `k_together ${steps.map((step) => wordsOf(step, place(step))).join(' ')}`;
}

function isSimpleStep({ step: { do: op, undo, undoGuard }, stopAfter, record }: ActStep, place: OpPlace): boolean {
  if (stopAfter === true || record === true || undo !== undefined || undoGuard !== undefined) return false;
  if (op.kind === 'directory') return true;
  return op.kind === 'file' && op.validate === undefined && renderPreparation(op, place) !== undefined;
}

function wordsOf({ id, step: { do: op } }: ActStep, place: OpPlace): string {
  if (op.kind === 'directory') return `${id} d ${rights(op)} ${quote(op.path)} '' ''`;
  if (op.kind !== 'file') throw new Error(`not a simple step: ${op.kind}`);
  return `${id} f ${rights(op)} ${quote(op.path)} ${quote(temporaryBeside(op.path, place))} "$${place.variable}r"`;
}

function rights(op: Ownership): string {
  return `${modeWord(op.mode)} ${quote(ownerWord(op))}`;
}
