#!/bin/bash
# mk-layer.sh NAME BASE LOWER REPO OUT - makes OUT, what layers/NAME.sh adds to a node that has LOWER (overlay directories) and REPO.
# The script runs as root in a scratch node, in a directory with the files of layers/NAME/. Its line "# inputs: VAR.." names environment
# variables: one whose value is a file or directory here is copied into the node, and in there the variable has the copy's path.
set -euo pipefail
name=$1 base=$2 lower=$3 repo=$4 out=$5
here=$(cd "$(dirname "$0")" && pwd) script=$here/layers/$1.sh
# beside OUT: the finished layer is moved, not copied
export LAB_ID="kb-bake-$$" LAB_STATE=$out.bake LAB_NET=10.63
fleet() { "$here/fleet.sh" "$@"; }
fleet teardown
trap 'fleet teardown' EXIT
fleet create scratch "$base" "$lower" "$repo" /sbin/init
fleet boot scratch
fleet wait scratch
node() {
  nsenter --net="/run/netns/$LAB_ID" ssh -i "$LAB_STATE/id_ed25519" -o IdentitiesOnly=yes -o UserKnownHostsFile="$LAB_STATE/known_hosts" \
    -o StrictHostKeyChecking=yes -o BatchMode=yes "root@$(cat "$LAB_STATE/nodes/scratch/address")" "$@"
}
work=/var/tmp/layer
# Writes the arguments, a directory's content or a file, into a directory of the node.
push() { node "mkdir -p '$1' && tar -xf - -C '$1'" < <(tar -chf - -C "$2" "$3"); }
node mkdir -p $work
[ ! -d "$here/layers/$name" ] || push $work "$here/layers/$name" .
push $work "$here/layers" "$name.sh"
environment=
for variable in $(sed -n 's/^# inputs: //p' "$script"); do
  value=${!variable:-}
  if [ -d "$value" ]; then
    push "$work/inputs/$variable" "$value" .; value=$work/inputs/$variable
  elif [ -f "$value" ]; then
    push "$work/inputs/$variable" "$(dirname "$value")" "$(basename "$value")"; value=$work/inputs/$variable/$(basename "$value")
  fi
  environment+=" $variable=$(printf %q "$value")"
done
node "cd $work && env$environment ./$name.sh" || { echo "lab: layers/$name.sh failed" >&2; exit 1; }
# a clean end, so that what services keep in memory is on disk
node 'rm -rf /var/tmp/layer; systemctl poweroff' 2> /dev/null || true
for _ in $(seq 600); do [ -f "$LAB_STATE/nodes/scratch/pid" ] || break; sleep 0.1; done
fleet kill scratch
fleet export scratch "$out"
