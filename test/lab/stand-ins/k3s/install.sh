#!/bin/sh
# install.sh server|agent - what K3s's install script leaves behind when it may neither download nor start: links, a unit, the uninstall script.
set -eu
[ "${INSTALL_K3S_SKIP_DOWNLOAD:-}" = true ] && [ -x /usr/local/bin/k3s ] || { echo '[ERROR]  this stand-in downloads nothing' >&2; exit 1; }
role=${1:?} name=k3s
[ "$role" = server ] || name=k3s-agent
ln -sf k3s /usr/local/bin/kubectl
ln -sf k3s /usr/local/bin/crictl
cat > /usr/local/bin/$name-uninstall.sh <<UNINSTALL
#!/bin/sh
systemctl disable --now $name
rm -f /etc/systemd/system/$name.service /etc/systemd/system/$name.service.env
systemctl daemon-reload
rm -rf /etc/rancher/k3s /run/k3s /usr/local/bin/kubectl /usr/local/bin/crictl /usr/local/bin/k3s /usr/local/bin/$name-uninstall.sh
rm -rf /var/lib/rancher/k3s/agent /var/lib/rancher/k3s/server /var/lib/rancher/k3s/data
UNINSTALL
chmod 755 /usr/local/bin/$name-uninstall.sh
sed "s/ROLE/$role/" /usr/local/lib/lab/k3s/k3s.service > /etc/systemd/system/$name.service
[ "${INSTALL_K3S_SKIP_ENABLE:-}" = true ] || systemctl enable $name
