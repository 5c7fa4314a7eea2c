#!/bin/bash
# Layer k3s: K3s installed and running; n1 is the server, all others are its agents. A stand-in (stand-ins/k3s) unless LAB_K3S_BIN is a real binary.
# base: forky+ctd
# inputs: LAB_K3S_BIN LAB_IMAGES_DIR
set -euo pipefail
lab=/usr/local/lib/lab/k3s data=/var/lib/rancher/k3s
systemctl disable --now containerd 2> /dev/null

install -d $lab $data/agent/images /etc/rancher/k3s
install -m 644 ./*.py VERSION ./*.service $lab/
install -m 755 join crio use-crio use-rke2 $lab/
if [ -n "$LAB_K3S_BIN" ]; then install -m 755 "$LAB_K3S_BIN" /usr/local/bin/k3s; else install -m 755 k3s /usr/local/bin/k3s; fi
python3 -m compileall -q $lab

if [ -n "$LAB_IMAGES_DIR" ]; then cp "$LAB_IMAGES_DIR"/* $data/agent/images/; fi
cp /usr/local/lib/lab/images/busybox.tar $data/agent/images/

install -m 644 lab-join.service /etc/systemd/system/lab-join.service
systemctl enable lab-join.service 2> /dev/null
