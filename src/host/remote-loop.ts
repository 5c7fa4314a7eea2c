import { quote, type ShellCommand } from '../base/sh.ts';

/**
 * The program that stays on the host for a whole run: POSIX sh, tried in dash, bash, busybox ash, mksh and ksh93.
 *
 * Controller to host, one line each, with the announced bytes behind it:
 * `R id scriptLength stdinLength` run a script (a line with a dot ends it); `K id SIGNAL` signal the running one; `P id` is its supervisor alive?;
 * `T 0 0 0 PATH` touch PATH every 10 s as long as this program lives; `F id lines` end when what runs has ended, and before run a short
 * script of so many lines in this shell's own process group; `Q` end.
 * Host to controller, each behind the session's nonce: `H pid uid user` once; `E id exitCode` on stdout and on stderr; `Q`
 * at the end, since the program's own end shows only when nothing holds its output any more: a daemon that a task started may.
 * Everything between is the script's own output.
 *
 * Why it is as it is: `read -r` is the one byte-exact reader every shell has (dash reads a script from stdin in blocks, so
 * the program must not be that script); scripts travel through a file that they remove, so they show in no `ps` and have no size
 * limit; each runs in a session of its own, so a signal reaches its children, and one that was sent a signal has ended only
 * when all of them have; this loop never waits, so it can pass on a signal; when the connection is lost, stdin ends and the
 * running script is ended (it is sent TERM until it has a session of its own, which takes a moment). A script is run only when all of it has come, with all of its input: half of `rm -rf /a/b` is
 * another command.
 */
const loop = String.raw`IFS= read -r N||exit 90
umask 077
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin;export PATH
T=/tmp;[ -w /dev/shm ]&&T=/dev/shm
D=$(mktemp -d "$T/.k3sbox.XXXXXXXX")||exit 91
G=;command -v setsid >/dev/null 2>&1&&G=setsid
B= W= X=1
I=$(id);U=${'$'}{I#uid=};U=${'$'}{U%%[!0-9]*};I=${'$'}{I#"uid=$U"};case $I in "("*)I=${'$'}{I#?};I=${'$'}{I%%")"*};;*)I=$U;;esac
full(){ if [ $1 -le 4194304 ];then dd bs=$1 count=1 iflag=fullblock;else dd bs=65536 count=$(($1/65536)) iflag=fullblock&&{ [ $(($1%65536)) = 0 ]||dd bs=$(($1%65536)) count=1 iflag=fullblock;};fi 2>/dev/null;}
take(){ if [ -n "$X" ];then full $1 >"$2"&&return;[ "$(printf abcdef|dd bs=4 count=1 iflag=fullblock 2>/dev/null)" != abcd ]||return;X=;fi;dd bs=1 count=$1 2>/dev/null >"$2";}
sig(){ p=;[ -s "$D/p" ]&&read -r p<"$D/p";[ -n "$p" ]||return 1;: >"$D/k";if [ -n "$G" ];then kill -$1 -$p;else kill -$1 $p;fi 2>/dev/null;}
left(){ p=;[ -s "$D/p" ]&&read -r p<"$D/p";[ -n "$p" ]||return 1;if [ -r /proc/self/stat ];then grep -qsE "\) [^ZX] [0-9]+ $p [0-9]" /proc/[0-9]*/stat;else sig 0;fi;}
fin(){ trap - EXIT;[ -z "$B" ]||kill $B 2>/dev/null;i=0;while [ -n "$W" ]&&[ ! -s "$D/p" ]&&kill -0 $W 2>/dev/null&&[ $i -lt 20 ];do i=$((i+1));sleep 0.1 2>/dev/null||sleep 1;done;i=0 t=;while [ $i -lt 20 ]&&[ -s "$D/p" ];do [ -n "$t" ]||! sig TERM||t=1;sleep 0.1 2>/dev/null||sleep 1;i=$((i+1));done;sig KILL;[ ! -d "$D" ]||rm -rf "$D";printf '%s' "$N""Q;";exit 0;}
trap fin EXIT;trap 'exit 0' HUP TERM;trap : INT
printf '%s' "$N""H $$ $U $I;"
while read -r c i a b o;do case $c in
R)take $a "$D/s"&&{ o=/dev/null;[ $b = 0 ]||{ o=$D/i;take $b "$o";};}&&IFS= read -r e&&[ "$e" = . ]||exit 0
(trap - EXIT HUP TERM INT;umask 022;$G /bin/sh -c '. "$1/s"' sh "$D" $U <"$o" &
echo $!>"$D/p";wait $!;r=$?;if [ -f "$D/k" ];then while left;do sleep 0.1 2>/dev/null||sleep 1;done;rm -f "$D/k";fi;: >"$D/p";printf '%s' "$N""E $i $r;" >&2;printf '%s' "$N""E $i $r;")</dev/null & W=$!;;
P)if kill -0 $W 2>/dev/null;then a=1;else a=0;fi;printf '%s' "$N""P $i $a;";;
K)sig $a;;
T)[ -n "$B" ]||{ (trap - EXIT HUP TERM INT;while sleep 10;do touch "$o" 2>/dev/null||exit;done)</dev/null >/dev/null 2>&1 & B=$!;};;
F)s=;while [ $a -gt 0 ];do IFS= read -r l||exit 0;s=$s$l$nl;a=$((a-1));done;wait $W;W=
(trap - EXIT HUP TERM INT;umask 022;set -- "$D" $U;eval "$s")</dev/null;r=$?;printf '%s' "$N""E $i $r;" >&2;printf '%s' "$N""E $i $r;";break;;
Q)W=;break;;esac;done`;

/** What a script begins with: it is read from a file in its private folder, which is gone from the disk while it runs. */
export const scriptHead = 'rm -f "$1/s" "$1/i"\n';

/** What the login shell runs, and what is then written to its stdin. */
export interface Boot {
  readonly command: string;
  /** Written at once, or after {@link Boot.up} was seen. */
  readonly input: string;
  /** Printed by the new shell before it reads: until then stdin belongs to sudo, which may ask for a password. */
  readonly up?: string;
}

/** How to become another user for a whole session. */
export interface BecomeMethod {
  readonly exe: string;
  readonly user: string;
  /** What sudo prints when it wants the password; undefined: never ask (`sudo -n`). */
  readonly promptTag?: string;
}

/**
 * The boot line must mean the same in bash, dash, zsh, fish and csh: one line, and between the single quotes no quote, no
 * exclamation mark, no backslash and no newline.
 */
export function bootSession(nonce: string, become: BecomeMethod | undefined, up: string): Boot {
  const lines = loop.split('\n');
  const reader = `nl=$(printf '\\nx');nl=\${nl%x};n=0;s=;while [ $n -lt ${lines.length} ];do IFS= read -r l||exit 90;s=$s$l$nl;n=$((n+1));done;eval "$s"`;
  return boot(`${reader}\n${loop}\n${nonce}\n`, become, up);
}

/** Starts one command that reads the rest of stdin: the channel for bulk data. */
export function bootCommand(command: ShellCommand, become: BecomeMethod | undefined, up: string): Boot {
  return boot(`${command.text}\n`, become, up);
}

function boot(input: string, become: BecomeMethod | undefined, up: string): Boot {
  if (become === undefined) return { command: `exec /bin/sh -c 'IFS= read -r b&&eval "$b"'`, input };
  const { exe, user, promptTag } = become;
  const ask = promptTag === undefined ? '-n' : `-S -p ${promptTag}`;
  // `exe` may hold words of its own ("sudo -E"): it comes from the inventory, not from a host.
  const sudo = `${exe} -H ${ask} -u ${quote(user)}`;
  return { command: `exec ${sudo} /bin/sh -c 'echo ${up};IFS= read -r b&&eval "$b"'`, input, up };
}
