#!/bin/bash
# fleet.sh VERB ... - the low-level half of the lab: hosts made of namespaces, each with its own address, sshd and init.
# lab.ts drives it and keeps no state of its own: everything is in LAB_STATE, in network namespaces "LAB_ID" and "LAB_ID-NAME"
# and in the cgroup "LAB_ID". There is no daemon, no firewall rule and no route out: the fleet's network is closed by construction.
#   create NAME BASE LOWER REPO INIT   a node: BASE is its name for people, LOWER its overlay directories, INIT its PID 1
#   boot|kill|freeze|thaw|remove NAME  link NAME up|down  wait NAME  ls  teardown
#   export NAME DIR                    what a stopped node has on top of its base becomes DIR
# Environment: LAB_ID LAB_STATE LAB_NET (the first two numbers of the addresses) LAB_CGROUP (a cgroup v2 directory; default: the root)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
id=$LAB_ID state=$LAB_STATE net=$LAB_NET nodes=$LAB_STATE/nodes key=$LAB_STATE/id_ed25519

# cgroups are how nodes are frozen and how all of their processes are found; without a writable one there are light nodes only
parent=${LAB_CGROUP:-$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)}
cgroup=
if [ -n "$parent" ] && [ -w "$parent/cgroup.procs" ]; then cgroup=$parent/$id; fi

die() { echo "lab: $*" >&2; exit 1; }
known() { [ -d "$nodes/$1" ] || die "no node $1"; }
address() { cat "$nodes/$1/address"; }
in_hub() { nsenter --net="/run/netns/$id" "$@"; }

# hands every controller that this kernel offers on to the children of a cgroup
delegate() {
  local controller
  for controller in $(cat "$1/cgroup.controllers"); do echo "+$controller" > "$1/cgroup.subtree_control" 2>/dev/null || true; done
}

prepare() {
  case $state in *[:,\\]*) die "the state directory $state has a character that overlayfs cannot take; set LAB_STATE";; esac
  mkdir -p "$nodes"
  [ "$(stat -f -c %T "$state")" != overlayfs ] || die "the state directory $state lies on an overlay; set LAB_STATE, for example to /dev/shm/lab"
  [ -f "$key" ] || ssh-keygen -q -t ed25519 -N '' -C controller -f "$key"
  if [ -n "$cgroup" ] && [ ! -d "$cgroup" ]; then mkdir -p "$cgroup"; delegate "$cgroup"; fi
  [ ! -e "/run/netns/$id" ] || return 0
  ip netns add "$id"
  ip -n "$id" link set lo up
  ip -n "$id" link add br0 type bridge
  ip -n "$id" addr add "$net.255.254/16" dev br0
  ip -n "$id" link set br0 up
  # a systemd node holds about five inotify instances; the usual limit of 128 is all used by the 25th node
  local limit=/proc/sys/fs/inotify/max_user_instances
  [ "$(cat $limit)" -ge 4096 ] || { echo 4096 > $limit; } 2>/dev/null || true
}

# Prints a free number for a node: K for nK, one from 1000 for any other name. It decides the address.
number() {
  [[ $1 =~ ^n([1-9][0-9]{0,2})$ ]] && { echo "${BASH_REMATCH[1]}"; return; }
  local number=1000
  while grep -qsx "$number" "$nodes"/*/number; do number=$((number + 1)); done
  echo "$number"
}

node_create() { # NAME BASE LOWER REPO INIT
  local name=$1 dir=$nodes/.$1 up=$nodes/.$1/up lower user home uid number address
  [[ $name =~ ^[a-z][a-z0-9-]{0,30}$ ]] || die "a node is named with small letters, digits and dashes, not $name"
  [ ! -d "$nodes/$name" ] || die "there is a node $name already"
  # under a hidden name until it is whole
  rm -rf "$dir"
  number=$(number "$name")
  address=$net.$((number / 250)).$((number % 250 + 2))
  mkdir -p "$dir" "$up/etc/ssh"
  chmod 755 "$up" "$up/etc" "$up/etc/ssh"
  echo "$number" > "$dir/number"; echo "$address" > "$dir/address"
  echo "$2" > "$dir/base"; echo "$3" > "$dir/lower"; echo "$4" > "$dir/repo"; echo "$5" > "$dir/init"
  tr -d - < /proc/sys/kernel/random/uuid > "$up/etc/machine-id"
  echo "$name" > "$up/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" > "$up/etc/hosts"
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$up/etc/ssh/ssh_host_ed25519_key"
  lower=${3##*:}
  if [ -x "$lower/usr/sbin/dropbear" ]; then
    mkdir -p "$up/etc/dropbear"
    dropbearconvert openssh dropbear "$up/etc/ssh/ssh_host_ed25519_key" "$up/etc/dropbear/host_key" 2>/dev/null
  fi
  while IFS=: read -r user _ uid _ _ home _; do
    case $user in root|ops|opspw) ;; *) continue;; esac
    mkdir -p "$up$home/.ssh"
    cp "$key.pub" "$up$home/.ssh/authorized_keys"
    chmod 700 "$up$home" "$up$home/.ssh"
    chown -R "$uid:$uid" "$up$home"
  done < "$lower/etc/passwd"
  chmod 755 "$up/home"
  # 127.a.b.c is where the delay proxy answers for 10.a.b.c (delay.ts)
  printf '%s,127.%s %s\n' "$address" "${address#*.}" "$(cut -d' ' -f1,2 "$up/etc/ssh/ssh_host_ed25519_key.pub")" >> "$state/known_hosts"
  mv "$dir" "$nodes/$name"
}

cable_in() {
  local name=$1 veth
  [ ! -e "/run/netns/$id-$name" ] || return 0
  veth=v$(cat "$nodes/$name/number")
  ip netns add "$id-$name"
  ip -n "$id" link add "$veth" type veth peer name eth0 netns "$id-$name"
  ip -n "$id" link set "$veth" master br0 up
  ip -n "$id-$name" link set lo up
  ip -n "$id-$name" addr add "$(address "$name")/16" dev eth0
  ip -n "$id-$name" link set eth0 up
}

cable_out() {
  ip -n "$id" link del "v$(cat "$nodes/$1/number")" 2>/dev/null || true
  ip netns del "$id-$1" 2>/dev/null || true
}

# A process with that pid is not enough: after a restart of this machine it can be anybody's.
is_running() { local pid; pid=$(cat "$nodes/$1/pid" 2>/dev/null) && grep -qsxzF -e boot -e "$nodes/$1" "/proc/$pid/cmdline"; }

# up | off | frozen
status() {
  if ! is_running "$1"; then echo off
  elif [ -n "$cgroup" ] && grep -qsx 'frozen 1' "$cgroup/$1/cgroup.events"; then echo frozen
  else echo up; fi
}

node_boot() { # a supervisor for each node: it boots the node again after reboot(2) and ends after power off
  local name=$1 dir=$nodes/$1 box=
  ! is_running "$name" || return 0
  cable_in "$name"
  if [ -n "$cgroup" ]; then
    # the supervisor stays outside of the cgroup that the node takes for its root
    mkdir -p "$cgroup/$name/supervisor" "$cgroup/$name/node"
    delegate "$cgroup/$name"
    box=$cgroup/$name
  fi
  setsid "$here/supervise.sh" "$name" "$dir" "$box" "/run/netns/$id-$name" </dev/null >>"$dir/console.log" 2>&1 &
  echo $! > "$dir/pid"
}

node_wait() { # until sshd sends its greeting
  local name=$1 until=$((SECONDS + ${LAB_TIMEOUT:-180}))
  # shellcheck disable=SC2016
  until in_hub bash -c 'exec 3<>"/dev/tcp/$1/22"; read -rt 5 line <&3; [[ $line == SSH-* ]]' - "$(address "$name")" 2>/dev/null; do
    is_running "$name" || die "$name stopped while booting; the end of its console:
$(tail -n 5 "$nodes/$name/console.log")"
    [ $SECONDS -lt $until ] || die "$name does not answer on port 22; the end of its console:
$(tail -n 5 "$nodes/$name/console.log")"
    sleep 0.05
  done
}

# kills every process in a cgroup, waits until they are gone and removes it
cgroup_kill() {
  [ -d "$1" ] || return 0
  echo 1 > "$1/cgroup.kill"
  for _ in $(seq 1000); do
    grep -q 'populated 0' "$1/cgroup.events" && break
    sleep 0.02
  done
  find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

node_kill() { # a power cut: the peers hear nothing, neither FIN nor RST, so the cable goes first
  local name=$1 dir=$nodes/$1 pid
  cable_out "$name"
  if [ -n "$cgroup" ]; then
    cgroup_kill "$cgroup/$name"
  elif pid=$(cat "$dir/pid" 2>/dev/null); then
    kill -KILL -- "-$pid" 2>/dev/null || true
    for _ in $(seq 500); do kill -0 -- "-$pid" 2>/dev/null || break; sleep 0.02; done
  fi
  rm -f "$dir/pid"
}

node_remove() {
  node_kill "$1"
  sed -i "/^$(address "$1"),/d" "$state/known_hosts"
  rm -rf --one-file-system "${nodes:?}/$1"
}

# Finds what there is by the lab's id, not by its state, so that a half made or half deleted lab goes too.
teardown() {
  local name pid
  if [ -n "$cgroup" ]; then cgroup_kill "$cgroup"; else for name in $(node_names); do node_kill "$name"; done; fi
  for name in $(ip netns list | awk -v id="$id" '$1 == id || index($1, id "-") == 1 { print $1 }'); do
    # controllers that were started in the fleet's network
    for pid in $(ip netns pids "$name"); do kill -KILL "$pid" 2>/dev/null || true; done
    ip netns del "$name"
  done
  rm -rf --one-file-system "$state"
}

node_export() {
  local name=$1 out=$2 dir=$nodes/$1 path
  ! is_running "$name" || die "$name is running; only a stopped node can become a layer"
  for path in "$dir"/data/var/lib/*; do
    [ -n "$(ls -A "$path")" ] || continue
    mkdir -p "$dir/up/var/lib"; rm -rf "$dir/up/var/lib/${path##*/}"
    mv "$path" "$dir/up/var/lib/"
  done
  # what belongs to the scratch node and not to the layer
  (cd "$dir/up" && rm -rf etc/machine-id etc/hostname etc/hosts etc/ssh/ssh_host_* root/.ssh home/*/.ssh var/log/journal var/lib/systemd/random-seed \
    var/lib/apt/lists var/cache/apt var/tmp .old)
  mv "$dir/up" "$out"
}

node_names() { ls "$nodes" 2>/dev/null || true; }

case ${1:-} in
  create) prepare; exec 9> "$state/lock"; flock 9; node_create "${@:2}";;
  boot) known "$2"; prepare; node_boot "$2";;
  wait) known "$2"; node_wait "$2";;
  kill) known "$2"; node_kill "$2";;
  freeze) known "$2"; [ -n "$cgroup" ] || die "only a lab with a cgroup can freeze nodes"; echo 1 > "$cgroup/$2/cgroup.freeze";;
  thaw) known "$2"; echo 0 > "$cgroup/$2/cgroup.freeze";;
  link) known "$2"; ip -n "$id" link set "v$(cat "$nodes/$2/number")" "$3";;
  remove) known "$2"; node_remove "$2";;
  export) known "$2"; node_export "$2" "$3";;
  ls) for name in $(node_names); do
      printf '%s %s %s %s\n' "$name" "$(address "$name")" "$(cat "$nodes/$name/base")" "$(status "$name")"
    done;;
  teardown) teardown;;
  *) sed -n '2,10p' "$0" >&2; exit 2;;
esac
