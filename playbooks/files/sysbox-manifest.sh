#!/bin/sh
# sysbox-manifest.sh VERSION ARCH [COMMIT] - prints the manifest.json of the Sysbox programs in the current folder.
set -eu
printf '{"version": "%s", "arch": "%s", "commit": "%s", "files": [\n' "$1" "$2" "${3:-}"
separator=''
for name in sysbox-runc sysbox-mgr sysbox-fs; do
  sum=$(sha256sum < "$name")
  printf '%s  {"name": "%s", "sha256": "%s"}' "$separator" "$name" "${sum%% *}"
  separator=',
'
done
printf '\n]}\n'
