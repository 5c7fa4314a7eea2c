"""Objects in one file, with what the API server and its controllers do to them."""
import datetime
import json
import os
import threading
import time
import uuid

KINDS = {  # resource: (api version, kind, namespaced)
    'nodes': ('v1', 'Node', False), 'namespaces': ('v1', 'Namespace', False), 'pods': ('v1', 'Pod', True),
    'events': ('v1', 'Event', True), 'serviceaccounts': ('v1', 'ServiceAccount', True),
    'runtimeclasses': ('node.k8s.io/v1', 'RuntimeClass', False), 'leases': ('coordination.k8s.io/v1', 'Lease', True),
}


class Refused(Exception):
    """An answer with an HTTP status, a reason and a message, as the API server words them."""

    def __init__(self, status, reason, text):
        super().__init__(text)
        self.status, self.reason = status, reason


def now(micro=False):
    time_ = datetime.datetime.now(datetime.timezone.utc)
    return time_.strftime('%Y-%m-%dT%H:%M:%S.%fZ' if micro else '%Y-%m-%dT%H:%M:%SZ')


class Store:
    def __init__(self, path):
        self.path = path
        self.changed = threading.Condition(threading.RLock())
        self.revision = 0
        self.objects = {}
        if os.path.exists(path):
            with open(path) as file:
                saved = json.load(file)
            self.revision = saved['revision']
            self.objects = {tuple(key.split('/')): value for key, value in saved['objects'].items()}
        for name in ('default', 'kube-system', 'kube-node-lease'):
            if not self.get('namespaces', '', name):
                self.put('namespaces', '', {'metadata': {'name': name}})

    def get(self, resource, namespace, name):
        return self.objects.get((resource, namespace, name))

    def list(self, resource, namespace=''):
        return [o for (r, n, _), o in sorted(self.objects.items()) if r == resource and namespace in ('', n)]

    def must(self, resource, namespace, name):
        found = self.get(resource, namespace, name)
        if not found:
            group = KINDS[resource][0].rpartition('/')[0]
            raise Refused(404, 'NotFound', f'{resource}{"." + group if group else ""} "{name}" not found')
        return found

    def put(self, resource, namespace, body):
        """Creates or replaces; fills in what the API server fills in."""
        with self.changed:
            version, kind, _ = KINDS[resource]
            meta = body.setdefault('metadata', {})
            name = meta['name']
            old = self.get(resource, namespace, name)
            self.admit(resource, namespace, body, old)
            body['apiVersion'], body['kind'] = version, kind
            if namespace:
                meta['namespace'] = namespace
            self.revision += 1
            meta['uid'] = old['metadata']['uid'] if old else str(uuid.uuid4())
            meta['creationTimestamp'] = old['metadata']['creationTimestamp'] if old else now()
            meta['resourceVersion'] = str(self.revision)
            self.objects[(resource, namespace, name)] = body
            self.save(resource)
            return body

    def remove(self, resource, namespace, name):
        with self.changed:
            self.must(resource, namespace, name)
            self.revision += 1
            del self.objects[(resource, namespace, name)]
            self.save(resource)

    def save(self, resource):
        self.changed.notify_all()
        if resource in ('leases', 'events'):
            return
        with open(f'{self.path}.new', 'w') as file:
            json.dump({'revision': self.revision, 'objects': {'/'.join(k): v for k, v in self.objects.items()}}, file)
        os.replace(f'{self.path}.new', self.path)

    def admit(self, resource, namespace, body, old):
        name = body['metadata']['name']
        if resource == 'runtimeclasses' and old and old.get('handler') != body.get('handler'):
            raise Refused(422, 'Invalid', f'RuntimeClass.node.k8s.io "{name}" is invalid: handler: Invalid value: '
                          f'"{body.get("handler")}": field is immutable')
        if resource != 'pods' or old:
            return
        if not self.get('namespaces', '', namespace):
            raise Refused(404, 'NotFound', f'namespaces "{namespace}" not found')
        if not self.get('serviceaccounts', namespace, 'default'):
            raise Refused(403, 'Forbidden', f'pods "{name}" is forbidden: error looking up service account '
                          f'{namespace}/default: serviceaccount "default" not found')
        spec = body['spec']
        wanted = spec.get('runtimeClassName')
        if wanted:
            runtime = self.get('runtimeclasses', '', wanted)
            if not runtime:
                raise Refused(403, 'Forbidden', f'pods "{name}" is forbidden: pod rejected: RuntimeClass "{wanted}" not found')
            spec.setdefault('nodeSelector', {}).update(runtime.get('scheduling', {}).get('nodeSelector', {}))
        body['status'] = {'phase': 'Pending', 'conditions': []}

    def event(self, pod, reason, text, kind='Warning'):
        """Counts a repeated event instead of storing it again."""
        meta = pod['metadata']
        for found in self.list('events', meta['namespace']):
            if found['reason'] == reason and found['message'] == text and found['involvedObject']['uid'] == meta['uid']:
                found['count'] += 1
                found['lastTimestamp'] = now()
                return
        self.put('events', meta['namespace'], {
            'metadata': {'name': f'{meta["name"]}.{uuid.uuid4().hex[:12]}'}, 'type': kind, 'reason': reason, 'message': text,
            'count': 1, 'firstTimestamp': now(), 'lastTimestamp': now(),
            'involvedObject': {'kind': 'Pod', 'name': meta['name'], 'namespace': meta['namespace'], 'uid': meta['uid']}})


def control(store):
    """The controllers: service accounts, namespaces, node health, scheduler. Runs for ever."""
    while True:
        with store.changed:
            for node in store.list('nodes'):
                watch_node(store, node)
            for pod in store.list('pods'):
                if not pod['spec'].get('nodeName'):
                    schedule(store, pod)
            for namespace in store.list('namespaces'):
                settle_namespace(store, namespace)
            store.changed.wait(1)
        # what real controllers take, too: a namespace is there a moment before its service account is
        time.sleep(0.15)


def settle_namespace(store, namespace):
    name = namespace['metadata']['name']
    if 'deletionTimestamp' not in namespace['metadata']:
        if not store.get('serviceaccounts', name, 'default'):
            store.put('serviceaccounts', name, {'metadata': {'name': 'default'}})
        return
    pods = store.list('pods', name)
    for pod in pods:
        mark_deleted(store, pod, 0)
    if not pods:
        for resource in ('serviceaccounts', 'events'):
            for item in store.list(resource, name):
                store.remove(resource, name, item['metadata']['name'])
        store.remove('namespaces', '', name)


def mark_deleted(store, pod, grace):
    meta = pod['metadata']
    if not pod['spec'].get('nodeName'):
        store.remove('pods', meta['namespace'], meta['name'])
    elif 'deletionTimestamp' not in meta:
        meta['deletionTimestamp'], meta['deletionGracePeriodSeconds'] = now(), grace
        store.put('pods', meta['namespace'], pod)


def ready_condition(node):
    return next((c for c in node.get('status', {}).get('conditions', []) if c['type'] == 'Ready'), {})


def watch_node(store, node):
    lease = store.get('leases', 'kube-node-lease', node['metadata']['name'])
    condition = ready_condition(node)
    if not lease or condition.get('status', 'Unknown') == 'Unknown':
        return
    renewed = datetime.datetime.strptime(lease['spec']['renewTime'], '%Y-%m-%dT%H:%M:%S.%fZ').replace(tzinfo=datetime.timezone.utc)
    if (datetime.datetime.now(datetime.timezone.utc) - renewed).total_seconds() > 40:
        condition.update(status='Unknown', reason='NodeStatusUnknown', message='Kubelet stopped posting node status.',
                         lastTransitionTime=now())
        store.put('nodes', '', node)


def schedule(store, pod):
    selector = pod['spec'].get('nodeSelector', {})
    for node in store.list('nodes'):
        labels = node['metadata'].get('labels', {})
        free = ready_condition(node).get('status') == 'True' and not node.get('spec', {}).get('unschedulable')
        if free and all(labels.get(k) == v for k, v in selector.items()):
            pod['spec']['nodeName'] = node['metadata']['name']
            store.put('pods', pod['metadata']['namespace'], pod)
            return
    if not any(c['type'] == 'PodScheduled' for c in pod['status']['conditions']):
        text = f"0/{len(store.list('nodes'))} nodes are available: no node matches the pod's node affinity/selector."
        pod['status']['conditions'].append({'type': 'PodScheduled', 'status': 'False', 'reason': 'Unschedulable', 'message': text})
        store.put('pods', pod['metadata']['namespace'], pod)
        store.event(pod, 'FailedScheduling', text)
