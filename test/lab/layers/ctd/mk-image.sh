#!/bin/sh
# mk-image.sh OUT NAME BUSYBOX - makes the docker archive OUT: an image of one static busybox whose /bin/pause waits for SIGTERM.
set -eu
out=$1 name=$2 busybox=$3
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/bin" "$root/etc" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run"
install -m 755 "$busybox" "$root/bin/busybox"
for applet in sh ls cat id echo sleep mount ps uname hostname ip wget true false touch rm mkdir env test grep; do ln -s busybox "$root/bin/$applet"; done
printf '#!/bin/sh\ntrap "exit 0" TERM INT\nwhile :; do sleep 3600 & wait $!; done\n' > "$root/bin/pause"; chmod 755 "$root/bin/pause"
echo 'root:x:0:0::/:/bin/sh' > "$root/etc/passwd"; echo 'root:x:0:' > "$root/etc/group"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$root" -cf "$work/layer.tar" .
layer=$(sha256sum < "$work/layer.tar" | cut -d' ' -f1)
printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["/bin/pause"],"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created_by":"lab"}]}' \
  "$(dpkg --print-architecture)" "$layer" > "$work/config.json"
config=$(sha256sum < "$work/config.json" | cut -d' ' -f1).json
mv "$work/config.json" "$work/$config"
printf '[{"Config":"%s","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$config" "$name" > "$work/manifest.json"
tar -C "$work" -cf "$out" manifest.json "$config" layer.tar
