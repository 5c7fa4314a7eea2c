import type { Ownership } from '../base/op.ts';
import { quote } from '../base/sh.ts';
import type { ActStep } from './act-group.ts';
import { inlineText, modeWord, ownerWord, renderPreparation, writtenSum, type OpPlace } from './op-script.ts';

/**
 * One process for many simple steps, where the host has a perl (every Debian and Ubuntu has: `perl-base`): it makes folders and renames files whose
 * text is written, in their order, each between its own marks, as `k_folder` and `k_file` do. It stops without a word before the first one that
 * needs more or is not possible. What it has done has a `.rc`; the rest is done by the shell, which also says why something fails.
 *
 * Behind the run's name, each step is six words: its id, "d" or "f", mode, owner, path, and whether its text is written. It cannot label files for
 * SELinux, so it is not used there.
 */
const program = [
  'use strict',
  'my $run=shift',
  'sub note{open my $f,">",$_[0] or exit;print $f $_[1];close $f or exit}',
  'sub number{my($w,$find)=@_;return -1 if $w eq "";return $w if $w=~/^[0-9]+$/;my $n=$find->($w);exit unless defined $n;$n}',
  'while(my($id,$kind,$mode,$owner,$path,$ready)=splice @ARGV,0,6){my($o,$g)=split /:/,"$owner:";my $uid=number($o,sub{scalar getpwnam $_[0]});my $gid=number($g,sub{scalar getgrnam $_[0]})',
  'my($folder)=$path=~m{^(.*)/}s;my $text="$folder/.k3sbox.$run.$id"',
  'if($kind eq "d"){exit if -e $path||-l $path}else{exit unless $ready&&-f $text&&!-l $text&&(-l $path||!-d $path)}',
  'note("$id.begun","")',
  'if($kind eq "d"){mkdir $path,$mode eq ""?0777:oct($mode)&0777 or exit;if($uid>=0||$gid>=0){chown $uid,$gid,$path or exit}if($mode ne ""){chmod oct $mode,$path or exit}}' +
    'else{my @new=stat $text;my @old=stat $path;my($u,$h)=@old?@old[4,5]:@new[4,5];$u=$uid if $uid>=0;$h=$gid if $gid>=0;my $m=$mode ne ""?oct $mode:@old?$old[2]&07777:0644' +
    ';my $moved=$u!=$new[4]||$h!=$new[5];if($moved){chown $u,$h,$text or exit}if($moved||$m!=($new[2]&07777)){chmod $m,$text or exit}rename $text,$path or exit}',
  'note("$id.rc","0")}',
].join(';');

/** `k_folder ID PATH MODE OWNER`, `k_file ID PATH MODE OWNER TEXT READY SUM`: whole steps, unless `k_together` has done them. */
export const simpleLibrary = String.raw`
k_pass(){ k_did "$1" $2;[ $2 = 0 ]||{ k_leave;exit 0;};}
k_folder(){ [ ! -s "$1.rc" ]||return 0;true >"$1.begun"||exit 1;k_mkdir "$2" "$3" "$4" 2>&1;k_pass "$1" $?;}
k_file(){ if [ ! -s "$1.rc" ];then true >"$1.begun"||exit 1;k_new=${'$'}{2%/*}/.k3sbox.$k_run.$1;{ k_text "$2" "$k_new" "$5" "$6"&&k_keep "$2" "$k_new" "$3" "$4" "$6"&&k_replace "$k_new" "$2"||{ k_r=$?;rm -f -- "$k_new";(exit $k_r);};} 2>&1;k_pass "$1" $?;fi
[ -z "$7" ]||k_wrote="$k_wrote$7  $2$k_nl";}
k_together(){ command -v perl >/dev/null 2>&1&&[ ! -e /sys/fs/selinux/enforce ]||return 0;perl -e ${quote(program)} -- "$k_run" "$@" </dev/null >/dev/null 2>&1 7>&-
o=;while [ $# -gt 0 ]&&[ -s "$1.rc" ];do o="$o$N""X $1 0;";shift 6;done;printf %s "$o";}
`.trim();

/** For arguments of a process: what is longer is done in pieces. */
const mostSteps = 250;

/** A folder, or a file whose text is part of the script; with nothing around it. */
export function isSimple({ step: { do: op, undo, undoGuard }, stopAfter, record }: ActStep): boolean {
  if (stopAfter === true || record === true || undo !== undefined || undoGuard !== undefined) return false;
  return op.kind === 'directory' || (op.kind === 'file' && op.validate === undefined && inlineText(op) !== undefined);
}

/** One line that does a simple step. `notes`: what it writes need not be read again. */
export function renderSimple({ id, step: { do: op } }: ActStep, { variable }: OpPlace, notes: boolean): string {
  if (op.kind === 'directory') return `k_folder ${id} ${quote(op.path)} ${rights(op)}`;
  if (op.kind !== 'file') throw new Error(`not a simple step: ${op.kind}`);
  const sum = notes ? ` ${writtenSum(op)}` : '';
  return `k_file ${id} ${quote(op.path)} ${rights(op)} "$${variable}" "$${variable}r"${sum}`;
}

/**
 * Lines that try runs of simple steps at once, by the index of the first one: `k_together` and six words for each. One step alone needs
 * no help.
 */
export function renderTogether(
  steps: readonly ActStep[],
  place: (step: ActStep) => OpPlace,
): ReadonlyMap<number, string> {
  const lines = new Map<number, string>();
  let run: string[] = [];
  for (const [i, step] of steps.entries()) {
    const words = wordsOf(step, place(step));
    if (words !== undefined) run.push(words);
    const isEnd = words === undefined || i === steps.length - 1 || run.length === mostSteps;
    if (!isEnd) continue;
    const first = words === undefined ? i - run.length : i + 1 - run.length;
    if (run.length > 1) lines.set(first, `k_together ${run.join(' ')}`);
    run = [];
  }
  return lines;
}

function wordsOf(step: ActStep, place: OpPlace): string | undefined {
  const { id, step: inner } = step;
  if (!isSimple(step)) return undefined;
  const { do: op } = inner;
  if (op.kind === 'directory') return `${id} d ${rights(op)} ${quote(op.path)} ''`;
  if (op.kind !== 'file' || renderPreparation(op, place) === undefined) return undefined;
  return `${id} f ${rights(op)} ${quote(op.path)} "$${place.variable}r"`;
}

function rights(op: Ownership): string {
  return `${modeWord(op.mode)} ${quote(ownerWord(op))}`;
}
