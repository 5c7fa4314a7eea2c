/**
 * Shell functions that act, and the ones that take acts back. Both start in the run's folder on the host (`$R`), whose
 * files are:
 *
 * - `0003.undo`: takes group 3 back; written and synced before the group acts, removed when it has been taken back. One
 *   that does not end with `# end` was cut off, and nothing of its group was done;
 * - `0003.before`, `0003.after`: what stood at the group's paths, as `k_look` prints it;
 * - `0003.1.bak`: what the first step of the group will replace, with mode, owner and times;
 * - `0003.1.unit`, `0003.1.pkgs`, `0003.1.conf`: the state of a unit and in which boot that was, the installed packages, those
 *   of which only the configuration was there, before the step. The oldest about a unit tells
 *   whether it ran before the run, and so whether it is restarted after a rollback;
 * - `0003.1.left`: the installed packages after the step;
 * - `0003.1.guard`: what must hold before anything of the run is taken back;
 * - `0003.1.begun`, `0003.1.again`: the step has begun; what to run once more after a rollback (its first line names the
 *   op, so that equal ones run once);
 * - `0003.1.undoing`: its path is being restored; when it is still there, a rollback was cut off in the midst of that;
 * - `0003.1.undone`: it has been taken back, and others of its group have not;
 * - `0003.1.rc`, `0003.1.out`, `0003.1.err`: how the step ended, and what it printed when that cannot be had again;
 * - `finished`: the run came to its end here, or was taken back: nobody has to look after it any more;
 * - `busy`, `pid`: held locked by the batch or undo that runs, with its process group. A batch that lost its controller may
 *   run on behind a dead connection for hours: an undo first ends it, with all its children.
 *
 * The small texts of a group are written beside their targets before its first step (`k_prepare`), so that one `chmod`, and
 * the `sync` of the undo log, do for all of them. One that will keep the rights of what it replaces is its writer's alone until then. A step whose
 * text could not be written there by then does it (`k_text`).
 */
export const lookLibrary = String.raw`
k_look(){ G=1;k_stat "$@";k_sum "$@";k_link "$@";}
k_of(){ P=$2 awk '{l=$0;if(l~/^[0-9a-f]+ [0-9]+ [0-9]+ /)l=substr(l,index(l," /")+1);else if(l~/^[0-9a-f]+  \//)sub(/^[0-9a-f]+  /,"",l);else sub(/\t.*/,"",l);if(l==ENVIRON["P"]&&!s[$0]++)print}' "$1" 2>/dev/null;}
k_samedisk(){ [ "$(stat -c %d -- "$1")" = "$(stat -c %d -- "$2")" ]&&[ "$(stat -f -c %T -- "$1")" != overlayfs ];}
k_mv(){ if [ -d "$2" ]&&[ -L "$2" ];then rm -f -- "$2"||return;fi;mv -f -- "$1" "$2";}
k_pkgconf(){ dpkg-query -W -f '$''{db:Status-Status} $''{Package}:$''{Architecture}\n'|sed -n 's/^config-files //p';}
k_pkglist(){ case $1 in apt)dpkg-query -W -f '$''{db:Status-Status} $''{Package}:$''{Architecture} $''{Version}\n'|sed '/^not-installed /d;/^config-files /d;s/^[^ ]* //';;apk)apk info -v|sed 's/-\([0-9][^-]*-r[0-9]*\)$/ \1/';;pacman)pacman -Q;;*)rpm -qa --qf '%{NAME} %{EVR}\n';;esac|LC_ALL=C sort;}
k_own(){ exec 7>>busy;! command -v flock >/dev/null 2>&1||flock 7||exit 75;echo $$ >pid;}
k_mend(){ [ -n "$(ls /var/lib/dpkg/updates 2>/dev/null)$(dpkg --audit 2>/dev/null)" ]||return 0;DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure -a </dev/null 7>&-||DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -f install </dev/null 7>&-;}
k_aptget(){ k_mend >/dev/null 2>&1;DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@" </dev/null 7>&-;}
`.trim();

export const actLibrary = String.raw`
k_begin(){ printf %s "$N""B $1;";printf %s "$N""B $1;" >&2;}
k_end(){ [ -n "$3" ]||printf %s "$2" >"$1.rc";printf %s "$N""D $1 $2;";printf %s "$N""D $1 $2;" >&2;}
k_did(){ printf %s "$2" >"$1.rc";printf %s "$N""X $1 $2;";}
k_record(){ [ -z "$k_late" ]||rm -f "$K/out" "$K/err";k_late=;[ -p "$K/out" ]||mkfifo "$K/out" "$K/err"||return;k_tee "$1.out" <"$K/out" 7>&- & k_t=$!;k_tee "$1.err" <"$K/err" >&2 7>&- & k_u=$!;}
k_tee(){ trap '' PIPE XFSZ;ulimit -f 2048;exec tee -- "$1" 2>/dev/null;}
k_recorded(){ trap k_late=1 USR1;(sleep 1;kill -USR1 $$) </dev/null >/dev/null 2>&1 7>&- & k_w=$!;wait $k_t;[ -n "$k_late" ]||wait $k_u;kill $k_w 2>/dev/null;}
k_fail(){ printf '%s\n' "$1" >&2;return 1;}
k_changed(){ printf %s "$N""G $1;";exit 0;}
k_seen(){ i=$1;shift;{ G=1;k_stat "$@";k_link "$@";for p;do shift;case $k_wrote in *"  $p$k_nl"*);;*)set -- "$@" "$p";;esac;done;printf %s "$k_wrote";k_sum "$@";echo '# end';} >"$i.after";}
k_seenall(){ i=$1 n=$2;shift 2;{ G=1;k_stat "$@";k_link "$@";shift $n;printf %s "$k_wrote";k_sum "$@";echo '# end';} >"$i.after";}
k_print(){ printf %s "$1";}
[ -z "$KSH_VERSION" ]||k_print(){ print -rn -- "$1";}
k_synced(){ sync "$@" 2>/dev/null||sync;}
k_settled(){ sync -f -- "$@" 2>/dev/null||sync;}
k_save(){ if [ -L "$2" ]||{ [ -e "$2" ]&&[ ! -d "$2" ];};then cp -a -- "$2" "$1.bak"&&W="$W $1.bak";fi;}
k_savetree(){ if [ -d "$2" ]&&[ ! -L "$2" ];then if [ -n "$3" ]||! k_samedisk "$2/.." .;then rm -rf "$1.part";cp -a -- "$2" "$1.part"&&{ sync -f "$1.part" 2>/dev/null||sync;}&&mv "$1.part" "$1.bak";fi;else k_save "$@";fi;}
k_savemodes(){ [ ! -e "$2" ]||{ { [ -z "$(find "$2" -name "*$k_nl*")" ]||k_fail "a name below $2 holds a newline: its rights cannot be kept";}&&find "$2" -exec stat -c '%a %u:%g %n' {} + >"$1.modes"&&W="$W $1.modes";};}
k_saveunit(){ { echo "Unit=$2";LC_ALL=C systemctl show -p ActiveState,UnitFileState -- "$2" 2>/dev/null;echo "Boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)";} >"$1.unit";W="$W $1.unit";}
k_savepkgs(){ k_pkglist "$2" >"$1.pkgs"&&W="$W $1.pkgs"||return;[ "$2" != apt ]||{ k_pkgconf >"$1.conf"&&W="$W $1.conf";};}
k_old(){ case "|$k_swept|" in *"|${'$'}{1%/*}|"*);;*)k_swept="$k_swept|${'$'}{1%/*}";for f in "${'$'}{1%.*.*}".[0-9][0-9][0-9][0-9].[0-9]*;do [ ! -e "$f" ]&&[ ! -L "$f" ]||rm -f -- "$f";done;;esac;}
k_temp(){ case $1 in */*);;*)k_fail "not an absolute path: $1";return;;esac;if [ -d "$1" ]&&[ ! -L "$1" ];then k_fail "is a directory: $1";return;fi;d=${'$'}{1%/*};[ -d "${'$'}{d:-/}" ]||{ k_fail "no such directory: ${'$'}{d:-/}";return;};k_old "$2";umask 077;set -C;true >"$2";r=$?;set +C;umask 022;return $r;}
k_prepare(){ [ -d "${'$'}{2%/*}" ]&&[ ! -d "$2" ]||return 0;k_new=${'$'}{2%/*}/.k3sbox.$k_run.$1;if { k_temp "$2" "$k_new"&&k_print "$3" >"$k_new";} 2>/dev/null;then if [ -n "$5" ]&&[ -e "$2" ];then W="$W $k_new" k_ready="$k_ready $k_new ";eval "$4=1";else k_made="$k_made $k_new" k_vars="$k_vars $4";fi;else [ ! -e "$k_new" ]||rm -f -- "$k_new";fi;}
k_modes(){ [ -z "$k_made" ]||if chmod -- "$1" $k_made 2>/dev/null;then W="$W$k_made" k_ready="$k_ready$k_made ";for v in $k_vars;do eval "$v=1";done;else rm -f -- $k_made;fi;k_made= k_vars=;}
k_isready(){ [ -n "$1" ]&&[ -f "$2" ];}
k_drop(){ [ -z "$k_ready" ]||rm -f -- $k_ready;}
k_text(){ k_isready "$4" "$2"||{ k_temp "$1" "$2"&&{ { k_print "$3" >"$2"&&k_synced -- "$2";}||k_full "$2";};};}
k_full(){ k_fail "cannot write $1: $(df -Pk -- "$(dirname -- "$1")" 2>/dev/null|tail -n 1)";}
k_payload(){ [ "$1" = 0 ]||dd bs="$1" count=1 conv=fsync >"$2" 2>/dev/null||k_full "$2";}
k_skip(){ [ "$1" = 0 ]||dd bs="$1" count=1 >/dev/null 2>&1;}
k_same(){ s=$(sha256sum <"$1")&&[ "$(printf %s "$s"|cut -c1-64)" = "$2" ]||k_fail "checksum of $1 is $(printf %s "$s"|cut -c1-64), expected $2";}
k_nolink(){ [ ! -L "$1" ]||k_fail "is a symbolic link, to $(readlink -- "$1"): $1";}
k_rights(){ [ -z "$3" ]||chown -- "$3" "$1"||return;[ -z "$2" ]||chmod -- "$2" "$1"||return;}
k_keep(){ if [ -e "$1" ];then x=$(stat -L -c '%a %u:%g' -- "$1" "$2")||return;y=${'$'}{x#*"$k_nl"};x=${'$'}{x%%"$k_nl"*};[ "${'$'}{x#* }" = "${'$'}{y#* }" ]||chown -- "${'$'}{x#* }" "$2"||return;[ "$3$4" = '' ]&&[ "$x" = "$y" ]||k_rights "$2" "${'$'}{3:-${'$'}{x%% *}}" "$4";elif [ -n "$4" ]||! k_isready "$5" "$2";then k_rights "$2" "${'$'}{3:-644}" "$4";fi;}
k_replace(){ if [ -d "$2" ]&&[ ! -L "$2" ];then rm -f -- "$1";k_fail "is a directory: $2";return;fi;k_mv "$1" "$2"||{ rm -f -- "$1";return 1;};[ ! -e /sys/fs/selinux/enforce ]||restorecon -- "$2" 2>/dev/null;:;}
k_mkdir(){ if [ -d "$1" ];then k_rights "$@"||return;else mkdir ${'$'}{2:+-m "$2"} -- "$1"&&k_rights "$1" '' "$3"||return;fi;[ ! -e /sys/fs/selinux/enforce ]||restorecon -- "$1" 2>/dev/null;:;}
k_remove(){ if [ -d "$2" ]&&[ ! -L "$2" ];then if [ -e "$1.bak" ];then rm -rf -- "$2";else mv -- "$2" "$1.bak";fi;else rm -f -- "$2";fi;}
k_systemctl(){ systemctl --no-ask-password "$@" </dev/null 7>&-&&return;r=$?;for u;do :;done;case $u in -*|daemon-reload);;*)systemctl status --no-pager -l -n 20 -- "$u" 2>&1|tail -n 30 >&2;;esac;return $r;}
k_wait(){ e=$(($(date +%s)+$1));until k_run >"$K/w" 2>&1;do [ "$(date +%s)" -lt $e ]||{ printf '%s\n' "$3" >&2;tail -c 4000 "$K/w" >&2;return 1;};sleep "$2" 2>/dev/null||sleep 1;done;}
`.trim();
