#!/bin/bash
# Layer ctd: containerd with runc, crun and CNI as a running service; CRI stubs for Python in /usr/local/lib/lab/cri.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq -y install containerd runc crun containernetworking-plugins python3-grpcio python3-protobuf > /dev/null

install -D -m 644 config.toml /etc/containerd/config.toml
install -D -m 644 cni.conflist /etc/cni/net.d/10-lab.conflist
install -D -m 755 oci-lab /usr/local/sbin/runc
install -D -m 755 oci-lab /usr/local/sbin/crun

# The stubs are made by tools that the layer does not keep.
lab=/usr/local/lib/lab
mkdir -p $lab/cri tools debs
for package in protobuf-compiler libprotoc32t64 libprotobuf32t64 protobuf-compiler-grpc golang-k8s-cri-api-dev busybox-static; do
  deb=(/srv/apt/"${package}"_*.deb)
  [ ! -f "${deb[0]}" ] || dpkg-deb -x "${deb[0]}" tools
done
cp tools/usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto $lab/cri/
ls tools/usr/lib/x86_64-linux-gnu
