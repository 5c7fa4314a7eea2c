#!/bin/sh
# host.sh BASE FOLDER NUMBER - one host, in namespaces of its own: becomes its sshd, PID 1 there, at 10.77.1.NUMBER.
set -eu
base=$1 folder=$2 number=$3
root=$folder/root own=$folder/hosts/$number
sh "$(dirname "$0")/mount-root.sh" "$base" "$root" "$own"
mount -t proc proc "$root/proc"
mkdir -p "$own/run/sshd"
cp "$folder/keys/host" "$folder/keys/user.pub" "$own/run/"
# sshd_config is Debian's: these come on top of it
exec chroot "$root" /usr/sbin/sshd -D -e -o "ListenAddress=10.77.1.$number" -o HostKey=/run/host \
  -o AuthorizedKeysFile=/run/user.pub -o PidFile=none
