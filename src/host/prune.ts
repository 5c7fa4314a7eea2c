import { quote } from '../base/sh.ts';
import { runFolder } from './run-folder.ts';

/** What a run leaves in order when it frees a host's lock. */
export interface RunEnd {
  readonly run: string;
  /** The names of runs on this host that are through: their own, and `.for-` hosts that steps were delegated from. */
  readonly finished: readonly string[];
  /** The folders of so many runs are kept, this one with them. Undefined: all. */
  readonly keep?: number | undefined;
}

/** What {@link pruneScript} did, by the names of folders. */
export interface Pruned {
  readonly removed: readonly string[];
  /** Too old, but still needed. */
  readonly kept: readonly string[];
}

/**
 * `k_prune KEEP FORCE` removes the folders of all runs but the newest: never that of the run which holds the lock; unless
 * forced, none that did not come to its end and has something to take back, and none with a command in the background or a
 * dead-man switch that is not through. Prints `gone NAME` and `kept NAME`.
 */
const pruneFunctions = `
k_needed(){ for j in "$1"/jobs/*;do [ ! -f "$j/pid" ]||[ -f "$j/rc" ]||return 0;done;for j in "$1"/deadman.*.armed;do [ ! -f "$j" ]||return 0;done;[ ! -f "$1/finished" ]&&ls "$1"/*.undo >/dev/null 2>&1;}
k_prune(){ (cd "$S/runs" 2>/dev/null||exit 0;for d in .gone.*;do [ ! -d "$d" ]||rm -rf -- "$d";done;n=0;for d in [0-9]*;do n=$((n+1));done;[ $n -gt $1 ]||exit 0;n=0 last=;mine=$(sed -n 's/^run=//p' "$S/lock/owner" 2>/dev/null)
for d in $(LC_ALL=C ls -r);do i=\${d%%.for-*};case $i in [0-9]*-[0-9]*-*);;*)continue;;esac;[ "$i" = "$last" ]||{ n=$((n+1));last=$i;};[ $n -gt $1 ]||continue
if [ "$i" = "$mine" ]||{ [ -z "$2" ]&&k_needed "$d";};then echo "kept $d";else mv -- "$d" ".gone.$d"&&rm -rf -- ".gone.$d"&&echo "gone $d";fi;done);}
`.trim();

/** Shell text, with S set, for when a run is through: large files that waited for it go, its folder stays for a rollback. */
export function endScript({ finished, keep }: Pick<RunEnd, 'finished' | 'keep'>): string {
  if (finished.length === 0) return ':';
  const marks = `for r in ${finished.map(quote).join(' ')};do [ ! -d "$S/runs/$r" ]||{ true >"$S/runs/$r/finished";[ ! -d "$S/runs/$r/stage" ]||rm -rf -- "$S/runs/$r/stage";};done`;
  return [marks, ...(keep === undefined ? [] : [pruneFunctions, `k_prune ${keep} '' >/dev/null`])].join('\n');
}

/** Removes old runs' folders of this user; see {@link Pruned} for {@link readPruned}. */
export function pruneScript(keep: number, force: boolean, stateFolder?: string): string {
  return `${runFolder({ run: '-', stateFolder })}\n${pruneFunctions}\nk_prune ${keep} ${force ? '1' : "''"}`;
}

export function readPruned(output: string): Pruned {
  const named = (word: string): string[] =>
    output.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  return { removed: named('gone'), kept: named('kept') };
}
