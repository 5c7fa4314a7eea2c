"""`k3s server` and `k3s agent`: readiness, containerd as a child, the kubelet, and on servers the API."""
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time

import containerd_config
import settings
from apiserver import node_token, serve
from client import Client, Failed, kubeconfig, own_address
from store import Store, control


def main(role, arguments):
    options = settings.load(arguments)
    options['version'] = settings.version()
    data = options['data-dir']
    own_api = role == 'server' and 'server' not in options
    os.makedirs(f'{data}/agent', exist_ok=True)
    server = start_api(options) if own_api else options['server'].replace('https:', 'http:')
    token = options['token']
    write(f'{data}/agent/kubelet.kubeconfig', kubeconfig(server, node_token(token, options['node-name'])))
    client = Client(server, node_token(token, options['node-name']))

    # READY says that the API answers. It says nothing about containerd or the kubelet: those come up beside it.
    ready = threading.Thread(target=announce, args=(role, server, token, own_api), daemon=True)
    ready.start()
    if options.get('disable-agent') == 'true':
        ready.join()
        signal.pause()
    unpack(data)
    external = options.get('container-runtime-endpoint')
    if external:
        settings.SOCKET = external.removeprefix('unix://')
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    else:
        containerd = containerd_config.start(options)
        signal.signal(signal.SIGTERM, lambda *_: (containerd.kill(), os._exit(0)))
    ready.join()
    labels = {'node-role.kubernetes.io/control-plane': 'true'} if role == 'server' else {}
    if role == 'server' and (not own_api or options.get('cluster-init') == 'true'):
        labels['node-role.kubernetes.io/etcd'] = 'true'
    threading.Thread(target=kubelet, args=(options, client, labels), daemon=True).start()
    while external:
        signal.pause()
    code = containerd.wait()
    print(f'level=fatal msg="containerd exited: exit status {code}"', file=sys.stderr, flush=True)
    os._exit(1)


def start_api(options):
    data = options['data-dir']
    os.makedirs(f'{data}/server/db', exist_ok=True)
    options.setdefault('token', kept(f'{data}/server/token'))
    write(f'{data}/server/node-token', options['token'] + '\n')
    admin = kept(f'{data}/server/admin-token')
    os.makedirs(f'/etc/rancher/{settings.PRODUCT}', exist_ok=True)
    write(f'/etc/rancher/{settings.PRODUCT}/{settings.PRODUCT}.yaml', kubeconfig('http://127.0.0.1:6443', admin))
    store = Store(f'{data}/server/db/objects.json')
    serve(store, options['token'], admin, options.get('cluster-init') == 'true')
    threading.Thread(target=control, args=(store,), daemon=True).start()
    return 'http://127.0.0.1:6443'


def announce(role, server, token, own_api):
    """READY=1 as soon as the API answers; a joining server then knows the administrator's token, too."""
    client = Client(server, f'server:{token}')
    while True:
        try:
            client.get('/readyz')
            break
        except Failed as error:
            print(f'waiting for the API: {error}', flush=True)
            time.sleep(1)
    if role == 'server' and not own_api:
        os.makedirs(f'/etc/rancher/{settings.PRODUCT}', exist_ok=True)
        write(f'/etc/rancher/{settings.PRODUCT}/{settings.PRODUCT}.yaml', kubeconfig(server, client.get('/lab/admin')['token']))
    address = os.environ.get('NOTIFY_SOCKET')
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b'READY=1', '\0' + address[1:] if address.startswith('@') else address)


def unpack(data):
    """What the real binary unpacks at its first start: containerd and the CNI plugins."""
    os.makedirs(f'{data}/data/lab/bin', exist_ok=True)
    if settings.PRODUCT == 'rke2':
        unpack_rke2(f'{data}/bin')
    for link, target in ((f'{data}/data/lab/bin/containerd', '/usr/bin/containerd'), (f'{data}/data/current', 'lab'),
                         (f'{data}/data/cni', '/usr/lib/cni')):
        if not os.path.islink(link):
            os.symlink(target, link)


def unpack_rke2(folder):
    """Upstream's programs, each by its own name; they know of no kubeconfig and no socket but those that they are told."""
    os.makedirs(folder, exist_ok=True)
    for name in ('kubectl', 'crictl'):
        write(f'{folder}/{name}', f'#!/bin/sh\nexec /usr/local/bin/rke2 {name} "$@"\n')
        os.chmod(f'{folder}/{name}', 0o755)
    for name in ('containerd', 'ctr'):
        if not os.path.islink(f'{folder}/{name}'):
            os.symlink(f'/usr/bin/{name}', f'{folder}/{name}')


def kubelet(options, client, labels):
    from cri import Cri
    from kubelet import Kubelet
    cri = Cri()
    while True:
        try:
            cri('Version')
            break
        except Exception:
            time.sleep(0.2)
    folder = f'{options["data-dir"]}/agent/images'
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        subprocess.run(['ctr', '--address', settings.SOCKET, '--namespace', 'k8s.io', 'images', 'import', f'{folder}/{name}'],
                       check=False, stdout=subprocess.DEVNULL)
    write_cni(options)
    Kubelet(options, client, containerd_config.systemd_cgroup(), labels).run()


def write_cni(options):
    """The network comes last, as flannel's does: until then the node is NotReady."""
    folder = f'{options["data-dir"]}/agent/etc/cni/net.d'
    os.makedirs(folder, exist_ok=True)
    # a subnet for each node, by the last numbers of its address
    third, fourth = own_address().split('.')[2:]
    subnet = f'10.{128 + int(third) % 64}.{fourth}.0/24'
    config = {'cniVersion': '1.0.0', 'name': 'cbr0', 'plugins': [{'type': 'bridge', 'bridge': 'cni0', 'isGateway': True, 'ipMasq': False,
              'ipam': {'type': 'host-local', 'ranges': [[{'subnet': subnet}]]}}]}
    write(f'{folder}/10-flannel.conflist', json.dumps(config))


def kept(path):
    if not os.path.exists(path):
        write(path, secrets.token_hex(16))
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path + '.new', 'w') as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
    os.replace(path + '.new', path)
