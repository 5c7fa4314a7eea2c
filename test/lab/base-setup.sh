#!/bin/sh
# base-setup.sh ROOT - turns a fresh Debian root into the base of our nodes; run by mmdebstrap before it packs the root.
set -eu
root=$1

# identity belongs to a node, not to the base
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"

# the fleet's network is closed: names fail at once instead of timing out, packages come from a directory (mk-repo.sh)
rm -f "$root/etc/resolv.conf" "$root"/etc/apt/sources.list.d/*
echo 'nameserver 127.0.0.1' > "$root/etc/resolv.conf"
echo 'deb [trusted=yes] file:/srv/apt ./' > "$root/etc/apt/sources.list"
mkdir -p "$root/srv/apt"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
printf 'APT::Install-Recommends "false";\nAcquire::Languages "none";\n' > "$root/etc/apt/apt.conf.d/90lab"

# "ops" may do everything with sudo, "opspw" too but must give the password "opspw"
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 ops
chroot "$root" useradd --create-home --shell /bin/bash --uid 1001 opspw
echo 'opspw:opspw' | chroot "$root" chpasswd
printf 'ops ALL=(ALL) NOPASSWD: ALL\nopspw ALL=(ALL) ALL\n' > "$root/etc/sudoers.d/lab"
chmod 440 "$root/etc/sudoers.d/lab"

# units that make no sense where the kernel is shared, or that would wake idle nodes
for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-timesyncd.service \
  systemd-resolved.service systemd-networkd.service systemd-modules-load.service systemd-binfmt.service \
  proc-sys-fs-binfmt_misc.automount getty.target console-getty.service systemd-ask-password-console.path \
  systemd-ask-password-wall.path apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

mkdir -p "$root/etc/systemd/journald.conf.d" "$root/var/log/journal"
printf '[Journal]\nStorage=persistent\nSystemMaxUse=16M\nForwardToConsole=no\nReadKMsg=no\n' > "$root/etc/systemd/journald.conf.d/lab.conf"

# One controller address logs in often and sometimes wrongly on purpose: no penalties for that. MaxSessions stays 10, as in the wild.
mkdir -p "$root/etc/ssh/sshd_config.d"
printf 'UseDNS no\nPermitRootLogin prohibit-password\nMaxStartups 100:30:200\nPerSourcePenalties no\n' > "$root/etc/ssh/sshd_config.d/lab.conf"

# PID 1 of a light node
printf '#!/bin/sh\nmkdir -p /run/sshd; chmod 755 /run/sshd\nexec /usr/sbin/sshd -D -e\n' > "$root/usr/sbin/lab-sshd"
chmod 755 "$root/usr/sbin/lab-sshd"

# say "nothing was updated": saves ldconfig and the journal catalogue at each first boot
touch -r "$root/usr" "$root/etc/.updated" "$root/var/.updated"
