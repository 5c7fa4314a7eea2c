#!/bin/sh
# fleet.sh BASE FOLDER COUNT - PID 1 of a fleet, in network, mount and PID namespaces of its own: starts COUNT hosts, says "ready", and
# ends with all of them when its standard input does. Whoever started it may die in any way: nothing is left.
set -eu
base=$1 folder=$2 count=$3
here=$(cd "$(dirname "$0")" && pwd)
ip link set lo up
seq "$count" | sed 's|.*|addr add 10.77.1.&/32 dev lo|' | ip -batch -
mount -t tmpfs -o mode=755,size=75% tmpfs "$folder/hosts"

# where the tools run: with the network of whoever enters
sh "$here/mount-root.sh" "$base" "$folder/controller" "$folder/hosts/controller"
mount --rbind /proc "$folder/controller/proc"
mkdir -p "$folder/controller$folder"
mount --bind "$folder" "$folder/controller$folder"
cp -r "$folder/ssh" "$folder/controller/root/.ssh"

for number in $(seq "$count"); do
  unshare --mount --pid --fork --kill-child sh "$here/host.sh" "$base" "$folder" "$number" </dev/null >>"$folder/sshd.log" 2>&1 &
done
tries=0
# a listening socket on port 22, as the kernel writes it
until [ "$(grep -c ':0016 00000000:0000 0A ' /proc/net/tcp)" -ge "$count" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || { tail -n 5 "$folder/sshd.log" >&2; exit 1; }
  sleep 0.1
done
echo ready
exec cat >/dev/null
