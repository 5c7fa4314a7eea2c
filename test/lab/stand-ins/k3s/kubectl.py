"""The part of kubectl that k3sbox uses: get, apply -f -, delete, label, wait, cordon, drain, auth whoami."""
import json
import os
import re
import sys
import time
import urllib.parse

import settings
from client import Failed, from_kubeconfig
from store import KINDS

ALIASES = {'node': 'nodes', 'no': 'nodes', 'pod': 'pods', 'po': 'pods', 'namespace': 'namespaces', 'ns': 'namespaces', 'lease': 'leases',
           'event': 'events', 'serviceaccount': 'serviceaccounts', 'sa': 'serviceaccounts', 'runtimeclass': 'runtimeclasses'}
FLAGS = {'--ignore-not-found', '--server-side', '--force-conflicts', '--overwrite', '--all-namespaces', '--now', '--force', '--no-headers', '--ignore-daemonsets', '--delete-emptydir-data'}
SHORT = {'-o': '--output', '-n': '--namespace', '-l': '--selector', '-f': '--filename', '-A': '--all-namespaces'}


def main(argv):
    words, flags = parse(argv)
    client = from_kubeconfig(flags.get('--kubeconfig') or os.environ.get('KUBECONFIG') or f'/etc/rancher/{settings.PRODUCT}/{settings.PRODUCT}.yaml')
    try:
        return COMMANDS[words[0]](client, words[1:], flags) or 0
    except Failed as failed:
        print(f'Error from server ({failed.reason}): {failed}' if failed.reason else failed, file=sys.stderr)
        return 1


def parse(argv):
    words, flags, rest = [], {}, iter(argv)
    for word in rest:
        if not word.startswith('-') or word == '-':
            words.append(word)
            continue
        name, equals, value = word.partition('=')
        name = SHORT.get(name, name)
        if name in FLAGS:
            flags[name] = value or 'true'
        elif equals:
            flags[name] = value
        elif name == '--wait':
            flags[name] = 'true'
        else:
            flags[name] = next(rest)
    return words, flags


def targets(words):
    """`pod/x`, `pod x y`, `pods`: pairs of resource and name; a name of None means all."""
    if '/' in words[0]:
        return [(resource(w.split('/')[0]), w.split('/')[1]) for w in words]
    return [(resource(words[0]), name) for name in words[1:]] or [(resource(words[0]), None)]


def resource(word):
    word = word.lower().split('.')[0]
    found = ALIASES.get(word, word)
    if found not in KINDS:
        print(f'error: the server doesn\'t have a resource type "{word}"', file=sys.stderr)
        sys.exit(1)
    return found


def url(kind, namespace, name=None):
    version, _, namespaced = KINDS[kind]
    path = ('/apis/' if '/' in version else '/api/') + version
    if namespaced and namespace:
        path += f'/namespaces/{namespace}'
    return f'{path}/{kind}' + (f'/{name}' if name else '')


def namespace_of(flags):
    return '' if '--all-namespaces' in flags else flags.get('--namespace', 'default')


def get(client, words, flags):
    if '--raw' in flags:
        answer = client.get(flags['--raw'])
        print(answer if isinstance(answer, str) else json.dumps(answer), end='')
        return 0
    items, single = [], False
    for kind, name in targets(words):
        try:
            if name:
                items.append(client.get(url(kind, namespace_of(flags), name)))
                single = len(words) == 2 or '/' in words[0] and len(words) == 1
            else:
                query = {'fieldSelector': flags.get('--field-selector', ''), 'labelSelector': flags.get('--selector', '')}
                items += client.get(url(kind, namespace_of(flags)) + '?' + urllib.parse.urlencode({k: v for k, v in query.items() if v}))['items']
        except Failed as failed:
            if failed.status != 404 or '--ignore-not-found' not in flags:
                raise
    if not items and '--ignore-not-found' in flags:
        return 0
    return show(items[0] if single else {'apiVersion': 'v1', 'kind': 'List', 'items': items}, flags.get('--output', ''))


def show(answer, output):
    items = answer['items'] if answer['kind'] == 'List' else [answer]
    if output == 'json':
        print(json.dumps(answer, indent=4))
    elif output == 'name':
        for item in items:
            group = item['apiVersion'].rpartition('/')[0]
            print(f'{item["kind"].lower()}{"." + group if group else ""}/{item["metadata"]["name"]}')
    elif output.startswith('jsonpath='):
        print(jsonpath(answer, output.removeprefix('jsonpath=')), end='')
    else:
        for item in items:
            print(item['metadata']['name'], item.get('status', {}).get('phase', ''), sep='\t')


def jsonpath(value, template):
    """Paths, filters by equality, and `range`."""
    loop = re.search(r'\{range ([^}]*)\}(.*?)\{end\}', template, re.S)
    if loop:
        items = find(value, loop[1])
        inner = ''.join(jsonpath(item, loop[2]) for item in items)
        return jsonpath(value, template[:loop.start()]) + inner + jsonpath(value, template[loop.end():])

    def expression(match):
        if match[1].startswith('"'):
            return json.loads(match[1])
        return ' '.join(v if isinstance(v, str) else json.dumps(v, separators=(',', ':')) for v in find(value, match[1]))
    return re.sub(r'\{("[^"]*"|[^}]*)\}', expression, template)


def find(value, path):
    found = [value]
    for key, index, wanted_key, wanted in re.findall(r'\.([\w/-]+)|\[(\*|\d+)\]|\[\?\(@\.([\w.]+)=="([^"]*)"\)\]', path.replace('\\.', '/')):
        if key:
            found = [v[key.replace('/', '.')] for v in found if isinstance(v, dict) and key.replace('/', '.') in v]
        elif index:
            found = [i for v in found for i in (v if index == '*' else v[int(index):int(index) + 1])]
        else:
            found = [i for v in found for i in v if [wanted] == find(i, '.' + wanted_key)]
    return found


def read_objects(flags):
    source = flags['--filename']
    with (sys.stdin if source == '-' else open(source)) as file:
        body = json.load(file)
    return body['items'] if body.get('kind') == 'List' else [body]


def identify(body):
    kind = next(r for r, (version, kind, _) in KINDS.items() if (version, kind) == (body['apiVersion'], body['kind']))
    return kind, body['metadata'].get('namespace', 'default') if KINDS[kind][2] else '', body['metadata']['name']


def apply(client, _words, flags):
    code = 0
    for body in read_objects(flags):
        kind, namespace, name = identify(body)
        try:
            client.call('PATCH', url(kind, namespace, name), body, 'application/apply-patch+yaml')
            print(f'{body["kind"].lower()}/{name} serverside-applied')
        except Failed as failed:
            print(f'Error from server ({failed.reason}): {failed}', file=sys.stderr)
            code = 1
    return code


def delete(client, words, flags):
    if '--filename' in flags:
        chosen = [identify(body) for body in reversed(read_objects(flags))]
    else:
        chosen = [(kind, namespace_of(flags) if KINDS[kind][2] else '', name) for kind, name in targets(words)]
    for kind, namespace, name in chosen:
        try:
            grace = flags.get('--grace-period')
            client.delete(url(kind, namespace, name), {'gracePeriodSeconds': int(grace)} if grace else None)
            print(f'{kind} "{name}" deleted')
        except Failed as failed:
            if failed.status != 404 or '--ignore-not-found' not in flags:
                raise
    end = time.time() + seconds(flags.get('--timeout', '0s')) if seconds(flags.get('--timeout', '0s')) else time.time() + 3600
    for kind, namespace, name in chosen if flags.get('--wait', 'true') == 'true' else []:
        while exists(client, url(kind, namespace, name)):
            if time.time() > end:
                print(f'error: timed out waiting for the condition on {kind}/{name}', file=sys.stderr)
                return 1
            time.sleep(0.2)
    return 0


def exists(client, path):
    try:
        return client.get(path)
    except Failed as failed:
        if failed.status != 404:
            raise
        return None


def label(client, words, flags):
    changes = [w for w in words if '=' in w or w.endswith('-')]
    patch = {w.rstrip('-').partition('=')[0]: (w.partition('=')[2] if '=' in w else None) for w in changes}
    for kind, name in targets([w for w in words if w not in changes]):
        path = url(kind, namespace_of(flags), name)
        old = client.get(path)['metadata'].get('labels', {})
        for key, value in patch.items():
            if key in old and value not in (None, old[key]) and '--overwrite' not in flags:
                print(f"error: '{key}' already has a value ({old[key]}), and --overwrite is false", file=sys.stderr)
                return 1
        client.call('PATCH', path, {'metadata': {'labels': patch}}, 'application/merge-patch+json')
        print(f'{kind}/{name} labeled')
    return 0


def wait(client, words, flags):
    wanted = flags['--for']
    end = time.time() + seconds(flags.get('--timeout', '30s'))
    for kind, name in targets(words):
        while True:
            found = exists(client, url(kind, namespace_of(flags), name))
            if wanted == 'delete' and not found:
                break
            if found and wanted.startswith('condition='):
                kind_, _, status = wanted.removeprefix('condition=').partition('=')
                if any(c['type'] == kind_ and c['status'] == (status or 'True') for c in found.get('status', {}).get('conditions', [])):
                    break
            if found and wanted.startswith('jsonpath='):
                expression, _, value = wanted.removeprefix('jsonpath=').strip("'").partition('}=')
                if jsonpath(found, expression + '}') == value:
                    break
            if time.time() > end:
                print(f'error: timed out waiting for the condition on {kind}/{name}', file=sys.stderr)
                return 1
            time.sleep(0.2)
        print(f'{kind}/{name} condition met')
    return 0


def cordon(client, words, _flags, closed=True):
    for name in words:
        node = client.get(f'/api/v1/nodes/{name}')
        node.setdefault('spec', {})['unschedulable'] = closed
        client.put(f'/api/v1/nodes/{name}', node)
        print(f'node/{name} {"" if closed else "un"}cordoned')


def uncordon(client, words, flags):
    cordon(client, words, flags, closed=False)


def drain(client, words, flags):
    cordon(client, words, flags)
    pods = client.get('/api/v1/pods?' + urllib.parse.urlencode({'fieldSelector': f'spec.nodeName={words[0]}'}))['items']
    lonely = [p['metadata']['name'] for p in pods if not p['metadata'].get('ownerReferences')]
    if lonely and '--force' not in flags:
        print('error: cannot delete Pods that declare no controller (use --force to override): ' + ', '.join(lonely), file=sys.stderr)
        return 1
    for pod in pods:
        delete(client, ['pod', pod['metadata']['name']], {'--namespace': pod['metadata']['namespace'], '--timeout': flags.get('--timeout', '0s')})
    print(f'node/{words[0]} drained')
    return 0


def seconds(text):
    return sum(int(n) * {'h': 3600, 'm': 60, 's': 1}[unit] for n, unit in re.findall(r'(\d+)([hms])', text))


def auth(client, words, flags):
    if words == ['whoami']:
        return show({'apiVersion': 'v1', 'kind': 'SelfSubjectReview', 'metadata': {'name': ''}, 'status': {
            'userInfo': {'username': client.get('/lab/whoami')['username']}}}, flags.get('--output', ''))
    return 1


COMMANDS = {'auth': auth, 'get': get, 'apply': apply, 'delete': delete, 'label': label, 'wait': wait, 'cordon': cordon, 'uncordon': uncordon,
            'drain': drain}
