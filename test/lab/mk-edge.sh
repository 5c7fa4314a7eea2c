#!/bin/bash
# mk-edge.sh OUT - makes OUT, the root directory of an edge device: one static busybox (no bash, python, sudo, sftp) and dropbear.
# Both come from this machine: packages busybox-static and dropbear-bin.
set -euo pipefail
# files of root and of "ops" need more ids than an ordinary user has
[ "$(id -u)" = 0 ] || exec unshare --user --map-root-user --map-auto "$0" "$@"
out=$1 new=$1.new
busybox=$(command -v busybox) dropbear=$(PATH=$PATH:/usr/sbin command -v dropbear)
rm -rf "$new"
mkdir -p "$new"/{bin,sbin,usr/bin,usr/sbin,etc/init.d,etc/dropbear,proc,sys,dev,run,tmp,root,home/ops,var/log,var/lib,lib,lib64,srv}
ln -s ../run "$new/var/run"
chmod 1777 "$new/tmp"; chmod 700 "$new/root"; chown 1000:1000 "$new/home/ops"
cp "$busybox" "$new/bin/busybox"
chroot "$new" /bin/busybox --install -s
cp "$dropbear" "$new/usr/sbin/dropbear"
# the C library is dropbear's alone
ldd "$dropbear" | grep -o '/[^ ]*' | sort -u | while read -r library; do
  mkdir -p "$new$(dirname "$library")"; cp -L "$library" "$new$library"
done
printf 'root:x:0:0:root:/root:/bin/sh\nops:x:1000:1000:ops:/home/ops:/bin/sh\n' > "$new/etc/passwd"
printf 'root:x:0:\nops:x:1000:\ntty:x:5:\n' > "$new/etc/group"
printf 'root:*:19000:0:99999:7:::\nops:*:19000:0:99999:7:::\n' > "$new/etc/shadow"; chmod 600 "$new/etc/shadow"
printf '/bin/sh\n/bin/ash\n' > "$new/etc/shells"
printf 'passwd: files\ngroup: files\nhosts: files\n' > "$new/etc/nsswitch.conf"
printf 'NAME="Edge"\nID=edge\nVERSION_ID=1\n' > "$new/etc/os-release"
printf '::sysinit:/etc/init.d/rcS\n::respawn:/usr/sbin/dropbear -F -s -r /etc/dropbear/host_key\n::shutdown:/bin/true\n' > "$new/etc/inittab"
printf '#!/bin/sh\nhostname -F /etc/hostname\nmkdir -p /run/lock\n' > "$new/etc/init.d/rcS"; chmod 755 "$new/etc/init.d/rcS"
mv "$new" "$out"
