#!/bin/sh
# mk-base.sh OUT - makes OUT, the read-only root under every host and under every tool but k3sbox: Debian trixie with what they need.
# Runs in a mount namespace of its own (base.ts): mmdebstrap mounts /dev/shm and /proc below OUT, and they must go with it.
set -eu
out=$1 mirror=${LAB_MIRROR:-http://deb.debian.org/debian}
packages=openssh-server,openssh-client,python3,procps,iproute2,ansible-core,ansible-mitogen,clustershell

rm -rf --one-file-system "$out.new"
mmdebstrap --quiet --format=directory --variant=minbase --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  trixie "$out.new" "deb $mirror trixie main"
# what a host has of its own is mounted there
mkdir -p "$out.new/srv/tree" "$out.new/var/lib/k3sbox"
find "$out.new/dev" -xdev -mindepth 1 -delete

# pyinfra is not in Debian; for the Python of the base, which need not be this machine's
python=$(chroot "$out.new" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' </dev/null)
pip3 install --quiet --no-compile --disable-pip-version-check --target "$out.new/opt/pyinfra" --python-version "$python" --only-binary :all: pyinfra==3.10.0 ||
  rm -rf "$out.new/opt/pyinfra"
# as Debian does for its own: the base is read-only, so nothing could be compiled later
[ ! -d "$out.new/opt/pyinfra" ] || chroot "$out.new" python3 -m compileall -q /opt/pyinfra </dev/null
mv "$out.new" "$out"
