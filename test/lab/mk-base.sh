#!/bin/bash
# mk-base.sh SUITE OUT - makes OUT, the read-only root directory under every node of a Debian suite.
# Needs mmdebstrap; root, or the user namespaces that mmdebstrap and "unshare --map-auto" use.
set -euo pipefail
suite=$1 out=$2 mirror=${LAB_MIRROR:-http://deb.debian.org/debian}
here=$(cd "$(dirname "$0")" && pwd)
packages=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,sudo,ca-certificates,iproute2,procps,python3,jq,hostname

new=$out.new
# one that was killed may have left mounts there: never what is behind them
rm -rf --one-file-system "$new" "$new.tar"
options=(
  --variant=minbase --include="$packages" --quiet
  # InRelease of testing carries a Valid-Until that a frozen mirror outlives
  --aptopt='Acquire::Check-Valid-Until "false"'
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
  --customize-hook="sh '$here/base-setup.sh' \"\$1\""
)
if [ "$(id -u)" = 0 ]; then
  # in a mount namespace of its own: what it mounts goes with it, however it ends
  unshare --mount mmdebstrap --format=directory "${options[@]}" "$suite" "$new" "deb $mirror $suite main"
  # the nodes bring a /dev of their own
  find "$new/dev" -xdev -mindepth 1 -delete
else
  # by way of a tar: mmdebstrap's user namespace maps other ids than the one the nodes will run in
  mmdebstrap --format=tar "${options[@]}" "$suite" "$new.tar" "deb $mirror $suite main"
  unshare --user --map-root-user --map-auto sh -ec 'mkdir "$1"; chmod 755 "$1"; tar -C "$1" --exclude="./dev/*" -xf "$1.tar"' - "$new"
  rm -f "$new.tar"
fi
mv "$new" "$out"
