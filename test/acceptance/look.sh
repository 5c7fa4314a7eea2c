# Prints all that a node has, of what playbooks/sysbox.yaml may touch, a line for each thing.
exclude='( -path /etc/.pwd.lock -o -path /etc/*- -o -path /etc/ld.so.cache ) -prune -o'
set -f
for folder in /etc /usr/bin /usr/local /opt /var/lib/sysbox /var/lib/sysboxfs /var/lib/rancher/k3s/agent/etc; do
  [ -e "$folder" ] || continue
  # shellcheck disable=SC2086
  find "$folder" $exclude -printf '%y %m %u:%g %p %l\n'
  # shellcheck disable=SC2086
  find "$folder" $exclude -type f -exec sha256sum {} +
done | sort
# what the kernel has mounted, without what containers come and go with
cut -d ' ' -f 2,3 /proc/mounts | grep -v -e '^/run' -e '^/var/lib/kubelet' | sort
ls /run/sysbox 2>/dev/null
dpkg-query -W
systemctl list-unit-files --no-legend --no-pager | grep -v 'transient\|generated' | tr -s ' '
systemctl list-units --type=service --state=running,failed --no-legend --plain --no-pager | cut -d ' ' -f 1 | grep -v '^user@'
pgrep -l '^sysbox' | cut -d ' ' -f 2
ls -d /var/lib/k3sbox/lock /var/lib/k3sbox/sysbox-proof 2>/dev/null
systemctl list-units --all --no-legend --plain --no-pager 'k3sbox*' | cut -d ' ' -f 1
exit 0
