#!/bin/sh
# setup.sh test|lab|bench - puts in place what the tests need, or also what the lab needs, or what the benchmark needs, and says what it does.
# Without root it installs nothing but npm packages: it says what is missing and goes on.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

case ${1:-} in
  test) uses='test browser' ;;
  lab) uses='test lab build rootless faults browser' ;;
  bench) uses='bench' ;;
  *) echo 'usage: sh scripts/setup.sh test|lab|bench' >&2; exit 2 ;;
esac

say() { echo "setup: $*"; }

# The packages of all programs that are missing, each once.
missing() {
  while read -r program package needed; do
    case $program in '' | '#'*) continue ;; esac
    for use in $uses; do
      case " $needed " in *" $use "*) command -v "$program" > /dev/null || echo "$package" ;; esac
    done
  done < scripts/packages.txt | sort -u | tr '\n' ' '
}

install() {
  say "installing packages: $*"
  # the lists are good enough as long as they know every package
  apt-cache show "$@" > /dev/null 2>&1 || { say 'updating the package lists'; apt-get -qq update; }
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" > /dev/null
}

command -v node > /dev/null || { say 'Node.js is missing; install version 20.19 or later'; exit 1; }
if [ ! -f node_modules/.package-lock.json ] || [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  say 'installing npm packages'
  # not `npm ci`: it wants every platform's binaries in the registry, and mirrors often have only some
  npm install --no-save --silent --no-audit --no-fund
fi

packages=$(missing)
if [ -n "$packages" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    # shellcheck disable=SC2086
    install $packages
  elif command -v apt-get > /dev/null; then
    say "packages are missing, so some tests are skipped; as root: apt-get install $packages"
  else
    say "programs are missing, so some tests are skipped; in Debian they are in: $packages"
  fi
fi
if [ "$1" = lab ]; then
  # a kernel with overlayfs as a module loads it for root only
  [ "$(id -u)" != 0 ] || grep -q overlay /proc/filesystems || modprobe -q overlay || say 'this kernel has no overlayfs, so there is no lab'
fi
