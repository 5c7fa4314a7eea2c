#!/bin/bash
# mk-repo.sh SUITE BASE OUT - makes OUT, a flat apt repository of the packages in repo/SUITE.txt and of all that they need on top of BASE.
# A package marked "alone" comes without what it depends on, to be unpacked and not installed.
# Runs on this machine alone; nodes see OUT as /srv/apt and need no network. Needs apt-ftparchive (apt-utils).
set -euo pipefail
suite=$1 base=$2 out=$3
list=$(cd "$(dirname "$0")" && pwd)/repo/$suite.txt
mirror=${LAB_MIRROR:-http://deb.debian.org/debian}
new=$out.new work=$out.work
rm -rf "$new" "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$new" "$work"/{etc/apt.conf.d,etc/preferences.d,etc/trusted.gpg.d,state/lists/partial,cache/archives/partial}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$work/etc/sources.list"
# apt believes that this machine is a node: it fetches what a node lacks
cp "$base/var/lib/dpkg/status" "$work/state/status"
apt() {
  apt-get -qq -y -o Dir::Etc="$work/etc" -o Dir::State="$work/state" -o Dir::State::status="$work/state/status" -o Dir::Cache="$work/cache" \
    -o Acquire::Check-Valid-Until=false -o APT::Install-Recommends=false -o Debug::NoLocking=true -o APT::Sandbox::User= "$@"
}
apt update
cd "$new"
mapfile -t packages < <(sed 's/ *#.*//; /^$/d; / alone$/d' "$list")
apt --download-only install "${packages[@]}" > /dev/null
mv "$work"/cache/archives/*.deb .
mapfile -t packages < <(sed -n 's/ alone$//p' "$list")
[ ${#packages[@]} = 0 ] || apt download "${packages[@]}"
apt-ftparchive packages . > Packages
apt-ftparchive -o APT::FTPArchive::Release::Suite="$suite" release . > "$work/Release"
mv "$work/Release" Release
mv "$new" "$out"
