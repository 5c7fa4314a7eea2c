"""`k3s etcd-snapshot save --name NAME`: a copy of the store, and only where there is an embedded etcd."""
import os
import shutil
import socket
import sys
import time

import settings


def main(arguments):
    options = settings.load([])
    if options.get('cluster-init') != 'true' and 'server' not in options:
        print('level=fatal msg="see server log for details: etcd datastore disabled"', file=sys.stderr)
        return 1
    if arguments[:1] != ['save']:
        return 3
    name = arguments[arguments.index('--name') + 1] if '--name' in arguments else 'on-demand'
    folder = f'{options["data-dir"]}/server/db'
    os.makedirs(f'{folder}/snapshots', exist_ok=True)
    file = f'{folder}/snapshots/{name}-{socket.gethostname()}-{int(time.time())}'
    shutil.copyfile(f'{folder}/objects.json', file)
    print(f'level=info msg="Snapshot {os.path.basename(file)} saved."')
    return 0
