import { actLibrary, lookLibrary } from './act-library.ts';

/** Shell functions that take acts back; the files they go by are described in act-library.ts. */
const undoLibrary = String.raw`
k_free(){ (exec 7>>busy;flock -n 7);}
k_left(){ if [ -r /proc/self/stat ];then grep -qsE "\) [^ZX] [0-9]+ $1 [0-9]" /proc/[0-9]*/stat;else kill -0 -$1 2>/dev/null;fi;}
k_orphan(){ ! command -v flock >/dev/null 2>&1||k_free&&return;p=;read -r p <pid;for s in TERM KILL;do [ -z "$p" ]||kill -$s -$p 2>/dev/null||kill -$s $p 2>/dev/null;i=0
until { k_free&&! k_left $p;}||[ $i = 100 ];do i=$((i+1));sleep 0.1 2>/dev/null||sleep 1;done;done
k_free||{ echo 'a batch of this run still runs here and cannot be ended' >&2;exit 75;};}
k_say(){ if [ -n "$N" ];then printf %s "$N""U $1 $2 $(printf %s "$3"|tr ';' '\001');";else case $2 in 0)printf 'undone  %s  %s\n' "$1" "$3";;same)printf 'as it was  %s  %s\n' "$1" "$3";;*)printf 'FAILED  %s  %s\n' "$1" "$3";;esac;fi;}
k_step(){ k_id=$1;k_what=$2;}
k_undone(){ if [ "$1" = 0 ];then k_say "$k_id" 0 "$k_what";else k_bad=1;k_say "$k_id" "$1" "$k_what: $(tail -c 600 "$K/u" 2>/dev/null|tr '\n' ' ')";fi;}
k_undo_path(){ rm -f -- "${'$'}{1%/*}/.k3sbox.${'$'}{R##*/}.$k_id";was=$(k_of "$k_group.before" "$1");now=$(k_look "$1")
if [ -f "$k_id.modes" ];then :;elif [ "$now" = "$was" ]&&k_sametree "$1";then k_say "$k_id" same "$k_what";return
elif [ -f "$k_group.after" ]&&[ -z "$FORCE" ]&&[ ! -f "$k_id.undoing" ]&&[ "$now" != "$(k_of "$k_group.after" "$1")" ];then k_bad=1;k_say "$k_id" 3 "$k_what: somebody changed $1 since; not touched";return;fi
true >"$k_id.undoing";k_restore "$1" "$2" >"$K/u" 2>&1;r=$?;case $r in 0|4)rm -f "$k_id.undoing";;esac
if [ $r = 4 ];then k_say "$k_id" 0 "$k_what: kept $1, which is not empty";else k_undone $r;fi;}
k_undo_saved(){ if [ -f "${'$'}{k_id%.*}.begun" ];then k_undo_path "$1" all;else k_say "$k_id" same "$k_what";fi;}
k_sametree(){ [ -d "$k_id.bak" ]&&[ ! -L "$k_id.bak" ]&&{ [ -f "$k_id.begun" ]||[ -f "${'$'}{k_id%.*}.begun" ];}||return 0;[ "$(k_list "$1")" = "$(k_list "$k_id.bak")" ];}
k_list(){ (cd "$1"&&find . -type d -exec stat -c '%f %u %g %n' {} +;find . ! -type d -exec stat -c '%f %u %g %N' {} +;find . -type f -exec sha256sum {} +) 2>/dev/null|LC_ALL=C sort;}
k_restore(){ if [ -f "$k_id.modes" ];then while IFS= read -r l;do m=${'$'}{l%% *};l=${'$'}{l#* };o=${'$'}{l%% *};f=${'$'}{l#* };if [ -L "$f" ];then chown -h -- "$o" "$f";else chown -- "$o" "$f"&&chmod -- "$m" "$f";fi;done <"$k_id.modes";return;fi
if [ -e "$k_id.bak" ]||[ -L "$k_id.bak" ];then if [ -d "$k_id.bak" ]&&[ ! -L "$k_id.bak" ];then [ -n "$was" ]||return 1;if k_samedisk "$(dirname -- "$1")" .;then rm -rf -- "$1";mv -- "$k_id.bak" "$1";return;fi
t=$(dirname -- "$1")/.k3sbox.undo;rm -rf -- "$t";cp -a -- "$k_id.bak" "$t"&&rm -rf -- "$1"&&mv -- "$t" "$1";return;fi
t=$(dirname -- "$1")/.k3sbox.undo;rm -rf -- "$t";cp -a -- "$k_id.bak" "$t"&&k_mv "$t" "$1";return;fi
if [ -z "$was" ];then if [ -n "$2" ];then rm -rf -- "$1";elif [ -d "$1" ]&&[ ! -L "$1" ];then rmdir -- "$1" 2>/dev/null||return 4;else rm -f -- "$1";fi;return;fi
set -- "$1" $was;m=$(printf '%o' $((0x$2&4095)));chown -- "$3:$4" "$1"&&chmod -- "$m" "$1";}
k_undo_unit(){ a=$(sed -n 's/^ActiveState=//p' "$k_id.unit" 2>/dev/null);f=$(sed -n 's/^UnitFileState=//p' "$k_id.unit" 2>/dev/null);v=
case $2 in start|restart|reload)case $a in active|reloading|activating|'');;*)v=stop;;esac;;stop)case $a in active|reloading|activating)v=start;;esac;;
enable)case $f in disabled|indirect|'')v=disable;;esac;;disable)case $f in enabled)v=enable;;esac;;mask)case $f in masked*);;*)v=unmask;;esac;;unmask)case $f in masked)v=mask;;esac;;esac
if [ -z "$v" ]||[ ! -f "$k_id.begun" ];then k_say "$k_id" same "$k_what";return;fi
if [ "$v" = stop ]||[ "$v" = disable ];then LC_ALL=C systemctl cat -- "$1" >/dev/null 2>&1||{ k_say "$k_id" same "$k_what";return;};fi
systemctl --no-ask-password $v -- "$1" >"$K/u" 2>&1;r=$?;[ $v != stop ]||systemctl reset-failed -- "$1" 2>/dev/null;k_undone $r;}
k_again_unit(){ f=$(grep -lxF -- "Unit=$2" *.unit 2>/dev/null|head -n 1);case $(sed -n 's/^ActiveState=//p' "$f" 2>/dev/null) in active|reloading|activating)k_systemctl $1 -- "$2";;*)true >"$K/same";;esac;}
k_undo_packages(){ [ -f "$k_id.pkgs" ]||{ k_say "$k_id" same "$k_what";return;};k_pkglist "$1" >"$K/now"
new=$(awk 'NR==FNR{w[$1]=1;next}!($1 in w){print $1}' "$k_id.pkgs" "$K/now");old=$(awk 'NR==FNR{n[$1]=$2;next}n[$1]!=$2{print $1" "$2}' "$K/now" "$k_id.pkgs")
if [ -z "$new$old" ];then k_say "$k_id" same "$k_what";return;fi
r=0;case $1 in
apt)[ -z "$new" ]||k_aptget purge --allow-remove-essential=false $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||k_aptget install --allow-downgrades --no-install-recommends $(printf '%s\n' "$old"|tr ' ' =) >>"$K/u" 2>&1||r=$?;;
dnf)[ -z "$new" ]||dnf -y -q remove $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||dnf -y -q install --allowerasing $(printf '%s\n' "$old"|tr ' ' -) >>"$K/u" 2>&1||r=$?;;
zypper)[ -z "$new" ]||zypper -n -q rm $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||zypper -n -q in --oldpackage $(printf '%s\n' "$old"|tr ' ' =) >>"$K/u" 2>&1||r=$?;;
apk)[ -z "$new" ]||apk -q del $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||apk -q add $(printf '%s\n' "$old"|tr ' ' =) >>"$K/u" 2>&1||r=$?;;
pacman)[ -z "$new" ]||pacman --noconfirm -Rn $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||{ printf 'cannot bring back: %s\n' "$old" >>"$K/u";r=1;};;esac
k_undone $r;}
`.trim();

/**
 * The whole of `/var/lib/k3sbox/runs/<run>/undo`: takes a run back on one host, without k3sbox. Newest group first, past
 * failures; then what has to run once more (restarts), each once, in the order in which it ran. `FORCE=1` also overwrites
 * what somebody changed since. Exit code 0, or 6 when something is left.
 */
export function undoProgram(readLibrary: string): string {
  return `#!/bin/sh
# Takes back, on this host, what a k3sbox run changed. Safe to run twice. FORCE=1 overwrites what was changed since.
cd "$(dirname -- "$0")"||exit 6
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin;umask 022
R=$PWD G=1 L= F= W= k_bad= k_any=
K=\${K:-$(mktemp -d)};[ -n "$N" ]||trap 'rm -rf "$K"' EXIT
${readLibrary}
${lookLibrary}
${actLibrary}
${undoLibrary}
k_orphan;k_own
for k_file in $(ls -r -- *.undo 2>/dev/null);do k_any=1;k_group=\${k_file%.undo};k_before=$k_bad;k_bad=;. "./$k_file";if [ -z "$k_bad" ];then mv -- "$k_file" "$k_file.done";k_bad=$k_before;fi;done
k_seen=
for k_file in $(ls -- *.again 2>/dev/null);do k_id=\${k_file%.again};[ -f "$k_id.begun" ]||continue
k_key=$(sed -n '1s/^# \\([^ ]*\\).*/\\1/p' "$k_file");k_what="again, $(sed -n '1s/^# [^ ]* //p' "$k_file")"
case $k_seen in *"|$k_key|"*);;*)k_seen="$k_seen|$k_key|";rm -f "$K/same";(. "./$k_file") >"$K/u" 2>&1 </dev/null;r=$?;if [ -f "$K/same" ];then k_say "$k_id" same "$k_what";else k_undone $r;fi;;esac
rm -f -- "$k_id.begun";done
[ -z "$k_bad" ]||exit 6
exit 0
`;
}
