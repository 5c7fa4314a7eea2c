#!/bin/sh
# fleet.sh BASE FOLDER COUNT [RATE] - PID 1 of a fleet, in network, mount and PID namespaces of its own: starts COUNT hosts, says "ready",
# and ends with all of them when its standard input does. Whoever started it may die in any way: nothing is left.
# All hosts are in its network; with a RATE (40mbit) each is in one of its own, behind a line of that rate each way. The line of the tools
# is `lines`, and has the rate for what they send.
set -eu
base=$1 folder=$2 count=$3 rate=${4-}
here=$(cd "$(dirname "$0")" && pwd)
ip link set lo up

# slow DEVICE [NETNS]
slow() { tc ${2:+-n "$2"} qdisc add dev "$1" root tbf rate "$rate" burst 32kb latency 200ms; }
# behind NAME ADDRESS: a network namespace behind a line
behind() {
  ip netns add "$1"
  ip link add "$1" type veth peer name line0 netns "$1"
  ip link set "$1" master lines up
  slow "$1"
  ip -n "$1" link set lo up
  ip -n "$1" addr add "$2/16" dev line0
  ip -n "$1" link set line0 up
  slow line0 "$1"
}
in_network() {
  name=$1
  shift
  if [ -n "$rate" ]; then ip netns exec "$name" "$@"; else "$@"; fi
}
# a listening socket on port 22, as the kernel writes it
listening() { in_network "$1" grep -c ':0016 00000000:0000 0A ' /proc/net/tcp; }

if [ -n "$rate" ]; then
  # `ip netns` keeps names there
  mount -t tmpfs tmpfs /run
  ip link add lines type bridge
  ip addr add 10.77.0.1/16 dev lines
  ip link set lines up
  slow lines
  for number in $(seq "$count"); do behind "h$number" "10.77.1.$number"; done
else
  seq "$count" | sed 's|.*|addr add 10.77.1.&/32 dev lo|' | ip -batch -
fi
mount -t tmpfs -o mode=755,size=75% tmpfs "$folder/hosts"

# where the tools run: with the network of whoever enters
sh "$here/mount-root.sh" "$base" "$folder/controller" "$folder/hosts/controller"
mount --rbind /proc "$folder/controller/proc"
mkdir -p "$folder/controller$folder"
mount --bind "$folder" "$folder/controller$folder"
cp -r "$folder/ssh" "$folder/controller/root/.ssh"

for number in $(seq "$count"); do
  in_network "h$number" unshare --mount --pid --fork --kill-child sh "$here/host.sh" "$base" "$folder" "$number" \
    </dev/null >>"$folder/sshd.log" 2>&1 &
done
up() {
  [ -z "$rate" ] || { for number in $(seq "$count"); do [ "$(listening "h$number")" = 1 ] || return 1; done; return 0; }
  [ "$(listening all)" -ge "$count" ]
}
tries=0
until up; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || { tail -n 5 "$folder/sshd.log" >&2; exit 1; }
  sleep 0.1
done
echo ready
exec cat >/dev/null
