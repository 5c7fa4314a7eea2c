#!/bin/sh
# build.sh [OUT [VERSION [FAULT..]]] - makes the folder OUT (default: where inventories/lab looks), an artifacts folder as playbooks/sysbox.yaml takes it with sysbox_source: files.
# Faults, for tests of what k3sbox does about them: WITHOUT_FEATURES WITHOUT_SOCKET WITHOUT_MOUNTS. Needs gcc and libc6-dev.
# LAB_SYSBOX_DIR, if set, is a folder with real programs and their manifest.json, which is copied instead.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=${2:-0.7.1} out=${1:-$HOME/.cache/k3sbox-lab/sysbox/${2:-0.7.1}}
[ $# = 0 ] || shift; [ $# = 0 ] || shift
if [ -n "${LAB_SYSBOX_DIR:-}" ]; then mkdir -p "$out"; cp "$LAB_SYSBOX_DIR"/* "$out/"; exit 0; fi
faults=''
for fault in WITHOUT_FEATURES WITHOUT_SOCKET WITHOUT_MOUNTS; do
  case " $* " in *" $fault "*) faults="$faults -D$fault=1";; *) faults="$faults -D$fault=0";; esac
done
commit=$(printf '%s%s' "$version" "$faults" | sha1sum | cut -c1-40)
case $(uname -m) in x86_64) arch=amd64;; aarch64) arch=arm64;; *) arch=$(uname -m);; esac
mkdir -p "$out"
for program in runc mgr fs; do
  define=$(echo $program | tr a-z A-Z)
  socket=/run/sysbox/sysmgr.sock; [ $program = mgr ] || socket=/run/sysbox/sysfs.sock
  # shellcheck disable=SC2086
  gcc -std=gnu11 -O1 -Wall -Wextra -static -s -Wno-unused-variable -Wno-format-truncation -Wno-unused-function -D$define -DPROGRAM="\"sysbox-$program\"" \
    -DVERSION="\"$version\"" -DCOMMIT="\"$commit\"" -DSOCKET="\"$socket\"" $faults -o "$out/sysbox-$program" "$here/sysbox.c" 2>"$out/gcc.log" ||
    { cat "$out/gcc.log" >&2; exit 1; }
done
rm "$out/gcc.log"
{
  printf '{"version": "%s", "commit": "%s", "arch": "%s", "files": [' "$version" "$commit" "$arch"
  separator=''
  for program in runc mgr fs; do
    printf '%s\n  {"name": "sysbox-%s", "sha256": "%s"}' "$separator" $program "$(sha256sum < "$out/sysbox-$program" | cut -d' ' -f1)"
    separator=,
  done
  printf '\n]}\n'
} > "$out/manifest.json"
