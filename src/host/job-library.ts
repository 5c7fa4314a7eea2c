/** Bytes that are kept of each stream of a job; what a job prints beyond that is read and dropped. */
export const jobOutputLimitBytes = 64 * 1024 * 1024;

/**
 * Shell functions about commands in the background. Each has a folder `jobs/<step>` in the run's, whose files are:
 *
 * - `cmd`: the digest of what runs, and what it is; `look`: a program that says how it is doing;
 * - `pid`: the session of the command and the time when its leader began, the same of its supervisor, the machine's boot id;
 * - `out`, `err`: what it prints, at most 64 MiB each; `out.full` when there was more;
 * - `limit`, `stopped`: it was ended because time was up, or because somebody wanted it;
 * - `rc`: when it is through, how it ended: its exit code and one of `ended`, `limit`, `stopped`.
 *
 * A process is known by its number and its start time, so that a number that was given out again is nobody of ours.
 */
export const jobLibrary = String.raw`
k_since(){ k_s=;read -r k_s 2>/dev/null <"/proc/$1/stat"||return;set -- ${'$'}{k_s##*) };shift 19;printf %s "$1";}
k_members(){ sed -n "s/^\([0-9]*\) (.*) [^ZX] [0-9]* [0-9]* $1 .*/\1/p" /proc/[0-9]*/stat 2>/dev/null;}
k_stop(){ for k_g in TERM KILL;do k_i=0;while k_l=$(k_members "$1");[ -n "$k_l" ]&&[ $k_i -lt 25 ];do [ $k_i != 0 ]&&[ $k_g = TERM ]||kill -$k_g -$1 $k_l 2>/dev/null;k_i=$((k_i+1));sleep 0.2 2>/dev/null||sleep 1;done;done;[ -z "$(k_members "$1")" ];}
k_runs(){ [ ! -f "$1/rc" ]&&read -r k_c k_cs k_p k_ps k_b 2>/dev/null <"$1/pid"||return
k_x=;read -r k_x 2>/dev/null </proc/sys/kernel/random/boot_id;[ "$k_x" = "$k_b" ]||return
[ "$(k_since "$k_p")" = "$k_ps" ]||{ k_x=$(k_since "$k_c");if [ -n "$k_x" ];then [ "$k_x" = "$k_cs" ];else [ -n "$(k_members "$k_c")" ];fi;};}
k_endjob(){ k_runs "$1"||return 0;: >"$1/stopped";k_stop "$k_c";r=$?;k_i=0;while [ "$(k_since "$k_p")" = "$k_ps" ]&&[ $k_i -lt 50 ];do k_i=$((k_i+1));sleep 0.1 2>/dev/null||sleep 1;done;return $r;}
`.trim();

/** For a rollback: ends the run's jobs that still run, those that were asked for. With `CHECK` it says that it would. */
export const undoJobsLibrary = String.raw`${jobLibrary}
k_endjobs(){ for k_j in jobs/*;do [ -d "$k_j" ]&&[ ! -L "$k_j" ]||continue;k_id=${'$'}{k_j#jobs/};k_what='end the command that still runs in the background'
k_mine "$k_id"&&k_runs "$k_j"&&k_would||continue;k_endjob "$k_j" >"$K/u" 2>&1;k_result $?;done;}`;

/**
 * Supervises one job, in a session of its own; its folder is the working directory, its limit in seconds `$1`, the command's
 * text descriptor 9. Prints `up` when the command runs.
 *
 * The command has another session, so that all of it can be ended while this lives on to write down how it ended. Its output
 * goes through pipes to two programs that keep so much and no more, and go on to read: a limit on the command itself
 * (`ulimit -f`) would hold for all files that it makes. The command's text ends with a mark, so that nothing runs
 * of one that was cut off. `rc.new` is full size from the start, so that a full disk cannot keep the result from being written.
 */
const supervisor = String.raw`
trap : TERM INT HUP
: >out&&: >err&&printf '%-19s\n' '' >rc.new&&mkfifo p q||exit 1
exec 3<>p 4<>q 5<p 6>p 7<q 8>q 3>&- 4>&-
rm -f p q
k_keep(){ (ulimit -f ${jobOutputLimitBytes / 512};exec cat) >>"$1" 2>/dev/null||{ : >"$1.full";exec cat >/dev/null;};}
(exec <&5 >/dev/null 2>&1 5<&- 6>&- 7<&- 8>&- 9<&-;k_keep out)& a=$!
(exec <&7 >/dev/null 2>&1 5<&- 6>&- 7<&- 8>&- 9<&-;k_keep err)& b=$!
setsid /bin/sh -c 'cd ../..;c=$(cat <&9);case $c in *"#k3sbox job")eval "$c" 9<&-;;*)exit 125;;esac' sh </dev/null >&6 2>&8 5<&- 6>&- 7<&- 8>&- & c=$!
exec 5<&- 6>&- 7<&- 8>&- 9<&-
x=$(k_since $c);y=;read -r y 2>/dev/null </proc/sys/kernel/random/boot_id
printf '%s\n' "$c ${'$'}{x:-0} $$ $(k_since $$) $y" >pid.new&&mv pid.new pid&&printf up
exec >/dev/null 2>&1
(z=;trap '[ -z "$z" ]||kill $z;exit' TERM;sleep "$1" & z=$!;wait $z||exit;: >limit;k_stop $c) & w=$!
while :;do wait $c;r=$?;kill -0 $c 2>/dev/null||break;done
[ ! -f limit ]||wait $w
i=0;while { kill $w||kill -0 $a||kill -0 $b;}&&[ $i -lt 20 ];do i=$((i+1));sleep 0.1||sleep 1;done
h=ended;[ ! -f stopped ]||h=stopped;[ ! -f limit ]||h=limit
printf '%-19s\n' "$r $h" 1<>rc.new
mv rc.new rc
`.trim();

/** `sh <job's folder>/look`: prints `running`, `lost`, or how the job ended, and then the end of what it printed. */
const look = String.raw`
cd "$(dirname -- "$0")"||exit 1
k_state(){ if [ -f rc ];then read -r k_r k_h <rc;echo "$k_h $k_r";elif k_runs .;then echo running;else return 1;fi;}
k_state||k_state||echo lost
tail -c 1000000 out 2>/dev/null;tail -c 1000000 err >&2 2>/dev/null
exit 0
`.trim();

/**
 * `k_job STEP SECONDS DIGEST EARLIER`, in the run's folder, with the command's text on descriptor 9: starts a job for a step and
 * prints its folder. When EARLIER is a step whose job was started before, that is the one; nothing is started twice.
 */
export function startLibrary(delimiter: string): string {
  return String.raw`k_job(){ if [ -n "$4" ]&&[ -d "jobs/$4" ];then ln -s -- "$4" "jobs/$1"||return
else command -v setsid >/dev/null 2>&1||{ k_fail 'a command in the background needs setsid, which is part of util-linux and of busybox';return;}
mkdir -p jobs&&mkdir "jobs/$1"&&printf '%s\n' "$3" >"jobs/$1/cmd"&&cat >"jobs/$1/look" <<'${delimiter}L'||return
${jobLibrary}
${look}
${delimiter}L
[ "$(cd "jobs/$1"&&{ setsid /bin/sh -c 'eval "$(cat <&8)" 8<&-' k3sbox-job "$2" </dev/null 2>start 7>&- & })" = up ]||{ k_fail "the command could not be started in the background: $(cat "jobs/$1/start")";return;}
fi 8<<'${delimiter}P'
${jobLibrary}
${supervisor}
${delimiter}P
printf '%s\n' "$PWD/jobs/$1";}`;
}
