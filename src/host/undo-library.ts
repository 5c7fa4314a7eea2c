import { actLibrary, lookLibrary } from './act-library.ts';
import { undoJobsLibrary } from './job-library.ts';
import { readLibrary } from './read-library.ts';

/**
 * Shell functions that take acts back; the files they go by are described in act-library.ts. With `CHECK` they only say what
 * they would do: `expected` then has what newer steps would leave for older ones on the same path ("?": something above or
 * below it would be taken back, so that nobody knows).
 *
 * A boot starts what the run has enabled or unmasked: `k_stopnow` has it stopped with that. Without a boot in between something
 * else has started it, which stays where only a part is taken back.
 */
const undoLibrary = String.raw`
k_free(){ (exec 7>>busy;flock -n 7);}
k_left(){ if [ -r /proc/self/stat ];then grep -qsE "\) [^ZX] [0-9]+ $1 [0-9]" /proc/[0-9]*/stat;else kill -0 -$1 2>/dev/null;fi;}
k_orphan(){ ! command -v flock >/dev/null 2>&1||k_free&&return;p=;read -r p <pid;for s in TERM KILL;do [ -z "$p" ]||kill -$s -$p 2>/dev/null||kill -$s $p 2>/dev/null;i=0
until { k_free&&! k_left $p;}||[ $i = 100 ];do i=$((i+1));sleep 0.1 2>/dev/null||sleep 1;done;done
k_free||{ echo 'a batch of this run still runs here and cannot be ended' >&2;exit 75;};}
k_say(){ if [ -n "$N" ];then printf %s "$N""U $1 $2 $(printf %s "$3"|tr ';' '\001');";else case $2 in 0)set -- "$1" undone "$3";;same)set -- "$1" 'as it was' "$3";;would)set -- "$1" 'would be undone' "$3";;left)set -- "$1" 'LEFT OUT' "$3";;*)set -- "$1" FAILED "$3";;esac;printf '%s  %s  %s\n' "$2" "$1" "$3";fi;}
k_mine(){ [ -z "$ONLY" ]||case " $ONLY " in *" $1 "*|*" ${'$'}{1%.*} "*);;*)return 1;;esac;}
k_step(){ k_id=$1;k_what=$2;shift 2;[ ! -f "$k_id.undone" ]||return 1
if ! k_mine "$k_id";then k_rest=1;if [ -n "$k_first" ]&&{ [ -f "$k_id.begun" ]||[ -f "${'$'}{k_id%.*}.begun" ];};then for k_n;do printf '%s %s\n' "$k_id" "$k_n";done >>"$K/standing";fi;return 1;fi
[ -n "$k_first" ]||return 0;for k_n;do k_stands "$k_n"||break;done;return 1;}
k_stands(){ n=;while IFS= read -r l;do n=${'$'}{l#* };case $1 in "$n"|"$n"/*)break;;esac;case $n in "$1"/*)break;;esac;n=;done <"$K/standing";[ -n "$n" ]||return 0
k_bad=1;k_say "$k_id" "blocked:${'$'}{l%% *}" "$k_what: step ${'$'}{l%% *}, which came later, stands on it and is not taken back";return 1;}
k_whole(){ [ "$(tail -n 1 "$1")" = '# end' ];}
k_done(){ [ -n "$CHECK" ]||true >"$k_id.undone";}
k_same(){ k_say "$k_id" same "$k_what";k_done;}
k_would(){ [ -z "$CHECK" ]||{ k_say "$k_id" would "$k_what${'$'}{1:+: $1}";false;};}
k_conflict(){ k_bad=1;k_say "$k_id" conflict "$k_what: $1; not touched";}
k_result(){ if [ "$1" = 0 ];then k_any=1;k_say "$k_id" 0 "$k_what";else k_bad=1;k_say "$k_id" "$1" "$k_what: $(tail -c 600 "$K/u" 2>/dev/null|tr '\n' ' ')";fi;}
k_undone(){ k_result $1;[ "$1" != 0 ]||k_done;}
k_show(){ if [ -n "$N" ];then printf %s "$N""C $k_id -$(k_of "$k_group.after" "$1"|k_b64) -$(printf %s "$now"|k_b64) -$([ -L "$1" ]||[ ! -f "$1" ]||[ "$(stat -c %s -- "$1")" -gt 65536 ]||k_b64 <"$1");";fi;}
k_now(){ s=;[ ! -f "$K/expected" ]||while IFS= read -r l;do p=${'$'}{l#* };case $1 in "$p")s=${'$'}{l%% *};;"$p"/*)s=?;;*)case $p in "$1"/*)s=?;;esac;;esac;done <"$K/expected"
case $s in '')k_look "$1";;'?')echo '?';;*)cat "$K/expected.$s";;esac;}
k_expect(){ k_count=$((k_count+1));printf '%s\n' "$was" >"$K/expected.$k_count";printf '%s %s\n' $k_count "$1" >>"$K/expected";}
k_b64(){ base64 2>/dev/null|tr -d '\n';}
k_undo_path(){ k_scratch=${'$'}{1%/*}/.k3sbox.${'$'}{R##*/}.$k_id;if [ -z "$CHECK" ]&&{ [ -f "$k_scratch" ]||[ -L "$k_scratch" ];}&&! rm -f -- "$k_scratch" >"$K/u" 2>&1;then k_undone 1;return;fi;was=$(k_of "$k_group.before" "$1");now=$(k_now "$1")
if [ -f "$k_id.modes" ]||[ "$now" = "?" ];then :;elif [ "$now" = "$was" ]&&k_sametree "$1";then k_same;return
elif [ -z "$FORCE" ]&&[ ! -f "$k_id.undoing" ]&&grep -qx '# end' "$k_group.after" 2>/dev/null&&[ "$now" != "$(k_of "$k_group.after" "$1")" ];then k_show "$1";k_conflict "somebody changed $1 since$([ -n "$N" ]||[ ! -f "$k_id.bak" ]||printf %s " (what was there before the run: $R/$k_id.bak)")";return;fi
k_would||{ k_expect "$1";return;};true >"$k_id.undoing";k_tree=;k_restore "$1" "$2" >"$K/u" 2>&1;r=$?;case $r in 0|4)k_settle "$1";rm -f "$k_id.undoing";;esac
if [ $r = 4 ];then if [ -n "$k_bad$k_before" ];then echo "not empty yet: $1" >"$K/u";else k_what="$k_what: kept $1, which is not empty";if [ -n "$ONLY" ];then k_say "$k_id" same "$k_what";return;fi;r=0;fi;fi;k_undone $r;}
k_settle(){ if [ -n "$k_tree" ];then sync -f -- "$1" 2>/dev/null||sync;elif [ -e "$1" ]&&[ ! -L "$1" ];then k_synced -- "$1" "$(dirname -- "$1")";else k_synced -- "$(dirname -- "$1")";fi;}
k_undo_saved(){ if [ -f "${'$'}{k_id%.*}.begun" ];then k_undo_path "$1" all;else k_same;fi;}
k_sametree(){ [ -d "$k_id.bak" ]&&[ ! -L "$k_id.bak" ]&&{ [ -f "$k_id.begun" ]||[ -f "${'$'}{k_id%.*}.begun" ];}||return 0;[ "$(k_list "$1")" = "$(k_list "$k_id.bak")" ];}
k_list(){ (cd "$1"&&find . -type d -exec stat -c '%f %u %g %n' {} +;find . ! -type d -exec stat -c '%f %u %g %N' {} +;find . -type f -exec sha256sum {} +) 2>/dev/null|LC_ALL=C sort;}
k_restore(){ if [ -f "$k_id.modes" ];then k_tree=1;while IFS= read -r l;do m=${'$'}{l%% *};l=${'$'}{l#* };o=${'$'}{l%% *};f=${'$'}{l#* };if [ -L "$f" ];then chown -h -- "$o" "$f";else chown -- "$o" "$f"&&chmod -- "0000$m" "$f";fi;done <"$k_id.modes";return;fi
if [ -e "$k_id.bak" ]||[ -L "$k_id.bak" ];then if [ -d "$k_id.bak" ]&&[ ! -L "$k_id.bak" ];then k_tree=1;[ -n "$was" ]||return 1;if k_samedisk "$(dirname -- "$1")" .;then rm -rf -- "$1";mv -- "$k_id.bak" "$1";return;fi
t=$(dirname -- "$1")/.k3sbox.undo;rm -rf -- "$t";cp -a -- "$k_id.bak" "$t"||{ rm -rf -- "$t";return 1;};rm -rf -- "$1"&&mv -- "$t" "$1";return;fi
t=$(dirname -- "$1")/.k3sbox.undo;rm -rf -- "$t";cp -a -- "$k_id.bak" "$t"||{ rm -rf -- "$t";return 1;};{ [ -L "$t" ]||k_synced -- "$t";}&&k_mv "$t" "$1";return;fi
if [ -z "$was" ];then if [ -n "$2" ];then rm -rf -- "$1";elif [ -d "$1" ]&&[ ! -L "$1" ];then rmdir -- "$1"||{ [ -z "$(ls -A -- "$1" 2>/dev/null)" ]||return 4;return 1;};else rm -f -- "$1";fi;return;fi
set -- "$1" $was;m=$(printf '%06o' $((0x$2&4095)));chown -- "$3:$4" "$1"&&chmod -- "$m" "$1";}
k_booted(){ ! grep -qxF "Boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" "$k_id.unit";}
k_stopnow(){ case $a in inactive|failed)[ -n "$ONLY" ]&&! k_booted||n=--now;;esac;}
k_undo_unit(){ a=$(sed -n 's/^ActiveState=//p' "$k_id.unit" 2>/dev/null);f=$(sed -n 's/^UnitFileState=//p' "$k_id.unit" 2>/dev/null);v= n=
case $2 in start|restart|reload)case $a in active|reloading|activating|'');;*)v=stop;;esac;;stop)case $a in active|reloading|activating)v=start;;esac;;
enable)case $f in disabled|indirect|'')v=disable;k_stopnow;;esac;;disable)case $f in enabled)v=enable;;esac;;mask)case $f in masked*);;*)v=unmask;;esac;;unmask)case $f in masked)v=mask;k_stopnow;;esac;;esac
if [ -z "$v" ]||[ ! -f "$k_id.begun" ];then k_same;return;fi
if [ "$v" = stop ]||[ "$v" = disable ];then LC_ALL=C systemctl cat -- "$1" >/dev/null 2>&1||{ k_same;return;};fi;k_would "$v $1"||return
systemctl --no-ask-password $v $n -- "$1" >"$K/u" 2>&1;r=$?;[ $v != stop ]||systemctl reset-failed -- "$1" 2>/dev/null;k_undone $r;}
k_again_unit(){ f=$(grep -lxF -- "Unit=$2" *.unit 2>/dev/null|head -n 1);case $(sed -n 's/^ActiveState=//p' "$f" 2>/dev/null) in active|reloading|activating)k_systemctl $1 -- "$2";;*)true >"$K/same";;esac;}
k_undo_packages(){ [ -f "$k_id.pkgs" ]||{ k_same;return;};[ "$1" != apt ]||[ -n "$CHECK" ]||k_mend >/dev/null 2>&1;if [ -n "$k_pkgnow" ];then cp "$k_pkgnow" "$K/now";else k_pkglist "$1" >"$K/now";fi;a=$K/left;if grep -qx '# end' "$k_id.left" 2>/dev/null;then a=$k_id.left;else cp "$K/now" "$a";fi
awk -v f="$FORCE" 'FILENAME==ARGV[1]{b[$1]=$2"";next}FILENAME==ARGV[2]{a[$1]=$2"";next}{w[$1]=$2""}END{for(p in a)if(!(p in b)&&(p in w))print "new",p
for(p in b)if(b[p]!=a[p]""&&b[p]!=w[p]"")if(f||w[p]""==a[p]"")print "old",p,b[p];else print "moved",p,(w[p]""==""?"gone":"at version "w[p]),"now,",(a[p]""==""?"and the run had removed it":"and the run had left it at "a[p])}' "$k_id.pkgs" "$a" "$K/now"|LC_ALL=C sort >"$K/plan"
new=$(sed -n 's/^new //p' "$K/plan");old=$(sed -n 's/^old //p' "$K/plan");m=$(sed -n 's/^moved \([^ ]*\) /\1 is /p' "$K/plan"|tr '\n' ';')
if [ -n "$m" ];then k_conflict "${'$'}{m%;}";return;fi
if [ -z "$new$old" ];then k_same;return;fi
k_would "$(printf %s "${'$'}{new:+remove $new}${'$'}{new:+${'$'}{old:+; }}${'$'}{old:+bring back $old}"|tr '\n' ' ')"||{ k_pkgnow=$k_id.pkgs;return;}
r=0;: >"$K/u";case $1 in
apt)[ ! -s "$k_id.conf" ]||{ c=$(printf '%s\n' $new|grep -Fx -f "$k_id.conf");new=$(printf '%s\n' $new|grep -Fxv -f "$k_id.conf");[ -z "$c" ]||k_aptget remove --allow-remove-essential=false $c >>"$K/u" 2>&1||r=$?;}
[ -z "$new" ]||k_aptget purge --allow-remove-essential=false $new >>"$K/u" 2>&1||dpkg --force-remove-reinstreq --purge $new </dev/null >>"$K/u" 2>&1 7>&-||r=$?;[ -z "$old" ]||k_aptget install --allow-downgrades --no-install-recommends $(printf '%s\n' "$old"|tr ' ' =) >>"$K/u" 2>&1||r=$?;;
dnf)[ -z "$new" ]||dnf -y -q remove $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||dnf -y -q install --allowerasing $(printf '%s\n' "$old"|tr ' ' -) >>"$K/u" 2>&1||r=$?;;
zypper)[ -z "$new" ]||zypper -n -q rm $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||zypper -n -q in --oldpackage $(printf '%s\n' "$old"|tr ' ' =) >>"$K/u" 2>&1||r=$?;;
apk)[ -z "$new" ]||apk -q del $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||apk -q add $(printf '%s\n' "$old"|tr ' ' =) >>"$K/u" 2>&1||r=$?;;
pacman)[ -z "$new" ]||pacman --noconfirm -Rn $new >"$K/u" 2>&1||r=$?;[ -z "$old" ]||{ printf 'cannot bring back: %s\n' "$old" >>"$K/u";r=1;};;esac
k_undone $r;}
`.trim();

/** What scripts that act and the undo have in common. */
export const hostLibrary = [readLibrary, lookLibrary, actLibrary].join('\n');

/**
 * The whole of `/var/lib/k3sbox/runs/<run>/undo`: takes a run back on one host, without k3sbox. First it looks: at what must
 * hold before anything is taken back, and whether something that stays stands on something that goes. Then the newest group
 * first, past failures; then what has to run once more (restarts), each once, in the order in which it ran. Exit code 0, or
 * 6 when something is left. Between its two parts stands {@link hostLibrary}.
 */
export const undoHead = `#!/bin/sh
# Takes back, on this host, what a k3sbox run changed. Safe to run twice, and after it was cut off.
# CHECK=1 only says what would be done. FORCE=1 overwrites what was changed since, and does not ask what speaks against it.
# ONLY='0003.1 0002' takes back this step and that group alone.
cd "$(dirname -- "$0")"||exit 6
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin;umask 022
R=$PWD G=1 L= F= W= k_bad= k_any= k_rest= k_pkgnow= k_count=0
K=\${K:-$(mktemp -d)};[ -n "$N" ]||trap 'rm -rf "$K"' EXIT
`;

export const undoTail = `
${undoLibrary}
${undoJobsLibrary}
[ -n "$CHECK" ]||{ true >rollback||{ echo "$R cannot be written" >&2;exit 73;};k_orphan;k_own;}
: >"$K/standing";rm -f "$K/expected"
if [ -n "$ONLY" ];then k_first=1;for k_file in $(ls -r -- *.undo 2>/dev/null);do k_group=\${k_file%.undo};! k_whole "$k_file"||. "./$k_file";done;[ -z "$k_bad" ]||exit 6;fi
k_first=
for k_file in $(ls -r -- *.guard 2>/dev/null);do k_id=\${k_file%.guard};[ -z "$FORCE" ]&&[ -f "$k_id.begun" ]&&[ ! -f "$k_id.undone" ]&&[ -f "\${k_id%.*}.undo" ]&&k_mine "$k_id"||continue
(. "./$k_file") >"$K/u" 2>&1 </dev/null||{ k_bad=1;k_say "$k_id" refused "$(tail -c 2000 "$K/u"|tr '\\n' ' ')";};done
[ -z "$k_bad" ]||[ -n "$CHECK" ]||exit 6
k_endjobs
for k_file in $(ls -r -- *.undo 2>/dev/null);do k_group=\${k_file%.undo};k_before=$k_bad;k_bad= k_rest=;! k_whole "$k_file"||. "./$k_file"
[ -n "$k_bad$k_rest$CHECK$ONLY" ]||{ mv -- "$k_file" "$k_file.done"&&rm -f -- "$k_group".*.undone;};k_bad=$k_bad$k_before;done
k_seen=
for k_file in $(ls -- *.again 2>/dev/null);do k_id=\${k_file%.again};[ -f "$k_id.begun" ]||continue
k_key=$(sed -n '1s/^# \\([^ ]*\\).*/\\1/p' "$k_file");k_what="again, $(sed -n '1s/^# [^ ]* //p' "$k_file")"
case $k_seen in *"|$k_key|"*);;*)k_seen="$k_seen|$k_key|"
if ! k_mine "$k_id";then [ -z "$k_any" ]||k_say "$k_id" left "$k_what";elif k_would;then rm -f "$K/same";(. "./$k_file") >"$K/u" 2>&1 </dev/null;r=$?;if [ -f "$K/same" ];then k_say "$k_id" same "$k_what";else k_result $r;fi;fi;;esac
[ -n "$ONLY$CHECK" ]||rm -f -- "$k_id.begun";done
[ -z "$k_bad" ]||exit 6
[ -n "$ONLY$CHECK" ]||[ ! -f deadman ]||/bin/sh ./deadman disarm
exit 0
`;
