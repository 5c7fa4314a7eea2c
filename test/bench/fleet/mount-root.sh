#!/bin/sh
# mount-root.sh BASE ROOT OWN - in a mount namespace of its own: the base, read-only, with the folders of OWN in their places.
set -eu
base=$1 root=$2 own=$3
mount --bind "$base" "$root"
mount -o remount,bind,ro "$root"
mount --rbind /dev "$root/dev"
mount --bind /sys "$root/sys"
for place in srv/tree var/lib/k3sbox root run tmp; do
  mkdir -p "$own/$place"
  mount --bind "$own/$place" "$root/$place"
done
chmod 1777 "$own/tmp"
