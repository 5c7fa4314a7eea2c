/**
 * Shell functions that look at a host; POSIX sh with `stat -c`, `sha256sum` and `awk` as GNU and busybox have them. What
 * they print in guard mode (`G=1`) is exactly what {@link guardText} builds from the answers: keep the two together.
 *
 * `k_merged stat N PATH...` asks about N paths as they are and about the others with links followed, in one process where
 * none of those is a link, which is the rule. Each `set -- "$@" MORE` copies all there is: no loop over many paths does that.
 */
export const readLibrary = String.raw`
k_nl='
'
k_stat(){ f='%f %u %g %U %G %s %Y %n';[ -z "$G" ]||f='%f %u %g %U %G %n';LC_ALL=C stat $L -c "$f" -- "$@" 2>"$K/e";[ -n "$G" ]||[ ! -s "$K/e" ]||while IFS= read -r l;do case $l in *'ermission denied'*)printf '! %s\n' "$l";;esac;done <"$K/e";}
k_statfollowed(){ L=-L;k_stat "$@";L=;}
k_linked(){ for p;do [ ! -L "$p" ]||return 0;done;return 1;}
k_slice(){ k_from=$1 k_to=$2 k_do=$3 k_i=0;shift 3;for p;do shift;k_i=$((k_i+1));if [ $k_i -gt $k_from ]&&[ $k_i -le $k_to ];then set -- "$@" "$p";fi;done;[ $# = 0 ]||$k_do "$@";}
k_linkedfrom(){ k_i=-$1;shift;for p;do k_i=$((k_i+1));[ $k_i -le 0 ]||[ ! -L "$p" ]||return 0;done;return 1;}
k_merged(){ k_kind=$1 k_n=$2;shift 2;if k_linkedfrom $k_n "$@";then k_slice 0 $k_n k_$k_kind "$@";[ -n "$G" ]||printf %s "$N""A ${'$'}{k_kind}followed;";k_slice $k_n $# k_${'$'}{k_kind}followed "$@";else k_$k_kind "$@";fi;}
k_isregular(){ [ -f "$1" ]&&{ [ -n "$F" ]||[ ! -L "$1" ];};}
k_regular(){ n=0;for p;do ! k_isregular "$p"||n=$((n+1));done;if [ $n = 0 ];then :;elif [ $n = $# ];then k_sha256 "$@";elif [ $# -gt 200 ];then for p;do ! k_isregular "$p"||printf '%s\0' "$p";done|xargs -0 sha256sum -- 2>/dev/null|k_plain;else n=$#;while [ $n -gt 0 ];do p=$1;shift;n=$((n-1));! k_isregular "$p"||set -- "$@" "$p";done;k_sha256 "$@";fi;}
k_sha256(){ case $* in *\\*)sha256sum -- "$@" 2>/dev/null|k_plain;;*)sha256sum -- "$@" 2>/dev/null;;esac;}
k_plain(){ sed '/^\\/{s/^.//;s/\\\\/\\/g;}';}
k_sum(){ F=;k_regular "$@";}
k_summed(){ case $k_nl$k_sums$k_nl in *"$k_nl$1  $2$k_nl"*);;*)return 1;;esac;}
k_sumfollowed(){ F=1;k_regular "$@";}
k_link(){ for p;do if [ -L "$p" ];then printf '%s\t%s\n' "$p" "$(readlink -- "$p")";fi;done;}
k_real(){ for p;do if [ -L "$p" ]&&[ -e "$p" ];then printf '%s\t%s\n' "$p" "$(readlink -f -- "$p")";fi;done;}
k_tree(){ [ ! -d "$1" ]||find "$1" -name "*$k_nl*" -prune -o -exec stat -c '%f %u %g %U %G %s %n' {} + 2>/dev/null|LC_ALL=C sort -k7;}
k_treesum(){ [ ! -d "$1" ]||find "$1" -name "*$k_nl*" -prune -o -type f -exec sha256sum {} + 2>/dev/null|k_plain|LC_ALL=C sort -k2;}
k_unit(){ command -v systemctl >/dev/null 2>&1||return 0;LC_ALL=C systemctl show -p LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,MainPID,NRestarts -- "$@" 2>/dev/null|awk -v g="$G" 'BEGIN{RS="";FS="\n"}{split("",v);for(i=1;i<=NF;i++){e=index($i,"=");v[substr($i,1,e-1)]=substr($i,e+1)}s=NR" "v["LoadState"]" "v["ActiveState"]" "v["SubState"]" "(v["UnitFileState"]==""?"-":v["UnitFileState"])" "v["NeedDaemonReload"];if(g=="")s=s" "(v["MainPID"]+0)" "(v["NRestarts"]+0);print s}';}
k_apt(){ dpkg-query -W -f '$''{db:Status-Status} $''{Version} $''{Package}\n' -- "$@" 2>/dev/null|sed -n 's/^installed //p';}
k_rpm(){ rpm -q --qf '%{EVR} %{NAME}\n' -- "$@" 2>/dev/null|grep -v ' is not installed$';}
k_apk(){ for p;do v=$(apk info -e -v -- "$p" 2>/dev/null|head -n 1)&&[ -n "$v" ]&&printf '%s %s\n' "$(printf %s "$v"|sed 's/.*-\([0-9][^-]*-r[0-9]*\)$/\1/')" "$p";done;:;}
k_pacman(){ pacman -Q -- "$@" 2>/dev/null|awk '{print $2,$1}';}
k_passwd(){ for p;do l=$(getent passwd "$p" 2>/dev/null||grep "^$p:" /etc/passwd)&&printf '%s\t%s\n' "$l" "$(id -Gn -- "$p" 2>/dev/null)";done;:;}
k_group(){ for p;do getent group "$p" 2>/dev/null||grep "^$p:" /etc/group;done;:;}
k_probe(){ k_run >"$K/o" 2>"$K/e";r=$?;}
k_probeguard(){ k_probe;printf '%s %s %s\n' $r "$(head -c 1048576 "$K/o"|sha256sum|cut -c1-64)" "$(head -c 1048576 "$K/e"|sha256sum|cut -c1-64)";}
`.trim();
