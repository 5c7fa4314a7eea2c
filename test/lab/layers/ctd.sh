#!/bin/bash
# base: forky
# Layer ctd: containerd with runc, crun and CNI as a running service, an image that needs no registry, and CRI stubs for Python.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
lab=/usr/local/lib/lab
apt-get -qq update
apt-get -qq -y install containerd runc crun containernetworking-plugins python3-grpcio python3-protobuf > /dev/null

# tools of this script that the layer does not keep
mkdir tools
for package in protobuf-compiler libprotobuf32t64 libprotoc32t64 protobuf-compiler-grpc libgrpc29t64 golang-k8s-cri-api-dev busybox-static; do
  dpkg-deb -x "$(ls /srv/apt/${package}_*.deb)" tools
done

install -d $lab/cri
# this protoc does not know the option debug_redact; it only matters for logs
sed 's/ *\[debug_redact = true\]//' tools/usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto > $lab/cri/api.proto
LD_LIBRARY_PATH=tools/usr/lib/$(uname -m)-linux-gnu tools/usr/bin/protoc --plugin=protoc-gen-grpc_python=tools/usr/bin/grpc_python_plugin \
  -I $lab/cri --python_out=$lab/cri --grpc_python_out=$lab/cri api.proto
PYTHONPATH=$lab/cri python3 -c 'import api_pb2_grpc; api_pb2_grpc.RuntimeServiceStub'

install -D -m 644 config.toml /etc/containerd/config.toml
install -D -m 644 cni.conflist /etc/cni/net.d/10-lab.conflist
install -D -m 755 oci-lab /usr/local/sbin/runc
install -D -m 755 oci-lab /usr/local/sbin/crun
systemctl restart containerd

install -d $lab/images
./mk-image.sh $lab/images/busybox.tar docker.io/lab/busybox:1 tools/usr/bin/busybox
ctr --namespace k8s.io images import $lab/images/busybox.tar > /dev/null
systemctl stop containerd
