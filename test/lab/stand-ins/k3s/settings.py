"""Where things are, and what /etc/rancher/k3s/config.yaml (or rke2) and the command line say."""
import glob
import os
import re
import socket
import sys

SOCKET = '/run/k3s/containerd/containerd.sock'
HERE = '/usr/local/lib/lab/k3s'
# RKE2 is K3s under other names
PRODUCT = 'rke2' if os.path.basename(sys.argv[0]) == 'rke2' else 'k3s'


own_version = None


def version():
    if own_version:
        return own_version
    with open(f'{HERE}/VERSION') as file:
        return file.read().strip().replace('+k3s', '+rke2r' if PRODUCT == 'rke2' else '+k3s')


def has_drop_ins():
    """K3s 1.33.10, 1.34.6 and 1.35.3 brought the imports line."""
    minor, patch = (int(n) for n in re.match(r'v1\.(\d+)\.(\d+)', version()).groups())
    return minor > 35 or patch >= {33: 10, 34: 6, 35: 3}.get(minor, 1000)


def load(arguments):
    """Options by name: config.yaml, config.yaml.d/*.yaml, then --flags. Lists are lists, everything else is text."""
    found = {}
    for path in [f'/etc/rancher/{PRODUCT}/config.yaml', *sorted(glob.glob(f'/etc/rancher/{PRODUCT}/config.yaml.d/*.yaml'))]:
        if os.path.exists(path):
            with open(path) as file:
                found.update(parse_yaml(file.read()))
    words = iter(arguments)
    for word in words:
        name, equals, value = word.lstrip('-').partition('=')
        found[{'d': 'data-dir', 't': 'token', 's': 'server'}.get(name, name)] = value if equals else next(words, 'true')
    if os.environ.get('K3S_TOKEN'):
        found.setdefault('token', os.environ['K3S_TOKEN'])
    if os.environ.get('K3S_URL'):
        found.setdefault('server', os.environ['K3S_URL'])
    found.setdefault('data-dir', f'/var/lib/rancher/{PRODUCT}')
    found.setdefault('node-name', socket.gethostname())
    return found


def parse_yaml(text):
    """Flat `key: value` and lists of texts: all that K3s settings need here."""
    found, key = {}, None
    for line in text.splitlines():
        line = re.sub(r'(^|\s)#.*', '', line).rstrip()
        if match := re.match(r'^\s*-\s*(.*)$', line):
            found.setdefault(key, [])
            found[key].append(match[1].strip('"\''))
        elif match := re.match(r'^([\w-]+):\s*(.*)$', line):
            key = match[1]
            if match[2]:
                found[key] = match[2].strip('"\'')
    return found
