#!/bin/bash
# supervise.sh NAME DIR CGROUP NETNS - boots a node and boots it again each time it reboots; ends when it powers off.
set -uo pipefail
name=$1 dir=$2 cgroup=$3 netns=$4 here=$(cd "$(dirname "$0")" && pwd)
[ -z "$cgroup" ] || echo $BASHPID > "$cgroup/supervisor/cgroup.procs"
while :; do
  # clocks of its own: the node's uptime starts at 0 with every boot
  read -r uptime _ < /proc/uptime; uptime=${uptime%.*}
  nsenter --net="$netns" \
    unshare --time --monotonic="-$uptime" --boottime="-$uptime" --mount --pid --fork --kill-child --uts --ipc --propagation private \
    setpriv --bounding-set -sys_time,-sys_module,-sys_rawio,-wake_alarm "$here/node-init.sh" "$name" "$dir" "${cgroup:+$cgroup/node}"
  code=$?
  echo "[supervisor] init ended with $code"
  # in a pid namespace reboot(2) kills init: with SIGHUP to start again, with SIGINT for power off and halt
  [ $code = 129 ] || break
done
rm -f "$dir/pid"
