#!/bin/bash
# node-init.sh NAME DIR CGROUP - becomes the init of a node. fleet.sh starts it in fresh mount, pid, uts, ipc and time
# namespaces and in the node's network namespace; it builds the node's root from the files in DIR and moves into it.
set -euo pipefail
name=$1 dir=$2 cgroup=$3 root=$2/root
if [ -n "$cgroup" ]; then
  # Only the node's own processes may be in here: a cgroup with processes cannot hand its controllers on to its children.
  # The cgroup namespace begins where its creator stands, so this comes first.
  echo 0 > "$cgroup/cgroup.procs"
fi
[ -n "${LAB_IN_CGROUP_NS:-}" ] || LAB_IN_CGROUP_NS=1 exec unshare --cgroup "$0" "$name" "$dir" ""

mount --make-rprivate /
mkdir -p "$root" "$dir/up" "$dir/work" "$dir/data"
mount -t overlay overlay -o "lowerdir=$(cat "$dir/lower"),upperdir=$dir/up,workdir=$dir/work${LAB_ROOTLESS:+,userxattr}" "$root"

# Container runtimes make overlays of their own, which cannot lie on an overlay: give them plain directories, filled from the layers.
for path in /var/lib/containerd /var/lib/docker /var/lib/rancher /var/lib/sysbox; do
  if [ ! -d "$dir/data$path" ]; then
    mkdir -p "$dir/data$path.new"
    [ ! -d "$root$path" ] || cp -a "$root$path/." "$dir/data$path.new/"
    mv "$dir/data$path.new" "$dir/data$path"
  fi
  mkdir -p "$root$path"
  mount --bind "$dir/data$path" "$root$path"
done

repo=$(cat "$dir/repo") init=$(cat "$dir/init")
if [ -n "$repo" ]; then
  mkdir -p "$root/srv/apt"
  mount --bind "$repo" "$root/srv/apt"
  mount -o remount,bind,ro "$root/srv/apt"
fi

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o nosuid,nodev,mode=755,size=256m tmpfs "$root/run"
mount -t tmpfs -o nosuid,nodev,mode=1777,size=1g tmpfs "$root/tmp"
mount -t tmpfs -o nosuid,mode=755,size=4m tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/net"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/dev/shm"
mount -t mqueue mqueue "$root/dev/mqueue"
for device in null zero full random urandom tty fuse net/tun; do
  [ ! -e "/dev/$device" ] || { : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; }
done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"

mkdir -p "$root/run/host/.priv/proc"
chmod 700 "$root/run/host/.priv"
echo lab > "$root/run/host/container-manager"
# A second proc with nothing masked: without one no user namespace in here may mount a proc of its own (kernel: mount_too_revealing).
mount -t proc proc "$root/run/host/.priv/proc"

read_only() { mount -o remount,bind,ro,nosuid,nodev,noexec "$1"; }
# The kernel is shared: its knobs are out of reach, but for those of the node's own network.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
read_only "$root/proc/sys"
if [ -e "$root/proc/sysrq-trigger" ]; then
  mount --bind "$root/proc/sysrq-trigger" "$root/proc/sysrq-trigger"
  read_only "$root/proc/sysrq-trigger"
fi
# The kernel's boot id outlives a reboot of a node, and it is by the boot id that an orchestrator sees a reboot.
cat /proc/sys/kernel/random/uuid > "$root/run/host/boot_id"
chmod 444 "$root/run/host/boot_id"
mount --bind "$root/run/host/boot_id" "$root/proc/sys/kernel/random/boot_id"
read_only "$root/proc/sys/kernel/random/boot_id"

hostname "$name"
mkdir -p "$root/.old"
pivot_root "$root" "$root/.old"
cd /
umount -l /.old
rmdir /.old 2>/dev/null || true
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=lab TERM=dumb "$init"
