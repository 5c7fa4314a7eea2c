#!/bin/bash
# mk-repo.sh SUITE BASE OUT PACKAGE... - makes OUT, a flat apt repository of everything that the packages need on top of BASE.
# Runs on this machine alone; nodes see OUT as /srv/apt and need no network. Needs apt-ftparchive (apt-utils).
set -euo pipefail
suite=$1 base=$2 out=$3; shift 3
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
apt --download-only install "$@" > /dev/null
mv "$work"/cache/archives/*.deb "$new/"
cd "$new"
apt-ftparchive packages . > Packages
apt-ftparchive -o APT::FTPArchive::Release::Suite="$suite" release . > "$work/Release"
mv "$work/Release" Release
mv "$new" "$out"
