"""The kubelet part: reports the node, and runs the pods that are bound to it through the real CRI."""
import json
import os
import threading
import time
import tomllib

import settings
from client import Failed, own_address
from cri import Cri, api, message
from store import now

RUNNING, READY = api.CONTAINER_RUNNING, api.SANDBOX_READY


class Kubelet:
    def __init__(self, options, client, systemd_cgroup, labels):
        self.name, self.options, self.client = options['node-name'], options, client
        self.systemd_cgroup, self.labels = systemd_cgroup, labels
        self.cri = Cri()
        self.status = None
        self.failed = {}  # pod uid: when to try again

    def run(self):
        threading.Thread(target=self.beat, daemon=True).start()
        revision = 0
        while True:
            try:
                answer = self.client.get(f'/api/v1/pods?fieldSelector=spec.nodeName={self.name}&lab-wait={revision}')
                revision = int(answer['metadata']['resourceVersion'])
                self.sync(answer['items'])
            except Failed:
                time.sleep(1)
            except Exception as error:  # containerd is not there yet, or gone
                print(f'kubelet: {message(error)}', flush=True)
                time.sleep(1)
            if self.failed:
                revision = 0
                time.sleep(1)

    # -- the node ---------------------------------------------------------------------------------------------------

    def beat(self):
        """A lease every 10 s; the status when it changed, and once at the start."""
        posted, renewed = None, 0
        while True:
            try:
                status = self.look()
                told = (status['conditions'][0]['status'], json.dumps(status['runtimeHandlers']))
                if time.time() - renewed > 10:
                    self.client.put(f'/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{self.name}', {
                        'metadata': {'name': self.name}, 'spec': {'holderIdentity': self.name, 'leaseDurationSeconds': 40, 'renewTime': now(True)}})
                    renewed = time.time()
                    # the API may have taken us for lost while it was away
                    posted = None if posted and self.ready_in_api() == 'Unknown' else posted
                if told != posted:
                    self.post(status)
                    posted = told
            except Failed as error:
                print(f'kubelet: {error}', flush=True)
            # each look costs a call to containerd: often while something is being waited for, rarely else
            time.sleep(0.5 if posted is None or posted[0] != 'True' else 3)

    def ready_in_api(self):
        found = self.client.get(f'/api/v1/nodes/{self.name}').get('status', {}).get('conditions', [])
        return next((c['status'] for c in found if c['type'] == 'Ready'), '')

    def look(self):
        try:
            status = self.cri('Status')
            conditions = {c.type: c for c in status.status.conditions}
            bad = next((c for c in conditions.values() if not c.status), None)
            text = f'container runtime network not ready: {bad.message}' if bad else 'kubelet is posting ready status'
            handlers = [{'name': h.name, 'features': {'recursiveReadOnlyMounts': h.features.recursive_read_only_mounts,
                                                      'userNamespaces': h.features.user_namespaces}} for h in status.runtime_handlers]
            kind = 'cri-o' if 'crio' in settings.SOCKET else 'containerd'
            runtime = f'{kind}://' + self.cri('Version').runtime_version
        except Exception as error:
            bad, text, handlers, runtime = True, f'container runtime is down: {message(error)}', [], ''
        self.handlers = {h['name']: h for h in handlers}
        return {
            'conditions': [{'type': 'Ready', 'status': 'False' if bad else 'True', 'reason': 'KubeletNotReady' if bad else 'KubeletReady',
                            'message': text, 'lastHeartbeatTime': now(), 'lastTransitionTime': now()}],
            'runtimeHandlers': handlers, 'addresses': [{'type': 'InternalIP', 'address': own_address()}],
            'nodeInfo': {'kubeletVersion': self.options['version'], 'containerRuntimeVersion': runtime, 'kernelVersion': os.uname().release,
                         'architecture': {'x86_64': 'amd64', 'aarch64': 'arm64'}[os.uname().machine], 'operatingSystem': 'linux'}}

    def post(self, status):
        try:
            node = self.client.get(f'/api/v1/nodes/{self.name}')
        except Failed as error:
            if error.status != 404:
                raise
            node = self.client.post('/api/v1/nodes', {'metadata': {'name': self.name, 'labels': {'kubernetes.io/hostname': self.name, **self.labels}}, 'spec': {}})
        node['status'] = status
        self.client.put(f'/api/v1/nodes/{self.name}/status', node)

    # -- pods -------------------------------------------------------------------------------------------------------

    def sync(self, pods):
        sandboxes = {}
        for sandbox in self.cri('ListPodSandbox').items:
            sandboxes.setdefault(sandbox.labels['io.kubernetes.pod.uid'], sandbox)
        for uid in [u for u in sandboxes if u not in {p['metadata']['uid'] for p in pods}]:
            self.kill(sandboxes[uid])
        for pod in pods:
            uid = pod['metadata']['uid']
            if 'deletionTimestamp' in pod['metadata']:
                if uid in sandboxes:
                    self.kill(sandboxes[uid])
                self.failed.pop(uid, None)
                self.client.delete(f'{path(pod)}?lab-gone=1')
            elif uid in sandboxes and sandboxes[uid].state == READY:
                self.report(pod, sandboxes[uid].id)
            elif self.failed.get(uid, 0) < time.time() and pod['status']['phase'] == 'Pending':
                self.start(pod)

    def kill(self, sandbox):
        self.cri('StopPodSandbox', pod_sandbox_id=sandbox.id)
        self.cri('RemovePodSandbox', pod_sandbox_id=sandbox.id)

    def start(self, pod):
        spec, uid = pod['spec'], pod['metadata']['uid']
        labels = self.client.get(f'/api/v1/nodes/{self.name}')['metadata'].get('labels', {})
        if any(labels.get(k) != v for k, v in spec.get('nodeSelector', {}).items()):
            self.tell(pod, {'phase': 'Failed', 'reason': 'NodeAffinity', 'message': 'Pod was rejected: Predicate NodeAffinity failed'})
            return
        try:
            handler = self.handler(spec)
            config = self.sandbox_config(pod)
            sandbox = self.cri('RunPodSandbox', config=config, runtime_handler=handler).pod_sandbox_id
        except Exception as error:
            self.event(pod, 'FailedCreatePodSandBox', f'Failed to create pod sandbox: {message(error)}')
            self.failed[uid] = time.time() + 5
            return
        for container in spec['containers']:
            try:
                self.start_container(sandbox, config, container)
            except Exception as error:
                self.event(pod, 'Failed', f'Error: {message(error)}')
                self.cri('StopPodSandbox', pod_sandbox_id=sandbox)
                self.cri('RemovePodSandbox', pod_sandbox_id=sandbox)
                self.failed[uid] = time.time() + 5
                return
        self.failed.pop(uid, None)
        self.report(pod, sandbox)

    def handler(self, spec):
        name = spec.get('runtimeClassName')
        handler = self.client.get(f'/apis/node.k8s.io/v1/runtimeclasses/{name}')['handler'] if name else ''
        if spec.get('hostUsers') is False:
            known = self.handlers.get(handler)
            if not known:
                raise RuntimeError(f'RuntimeClass handler "{handler}" does not support user namespaces: the handler "{handler}" is not known')
            if not known['features']['userNamespaces']:
                raise RuntimeError(f'RuntimeClass handler "{handler}" does not support user namespaces')
        return handler

    def sandbox_config(self, pod):
        meta, uid = pod['metadata'], pod['metadata']['uid']
        if self.systemd_cgroup:
            parent = f'/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{uid.replace("-", "_")}.slice'
        else:
            parent = f'/kubepods/besteffort/pod{uid}'
        return {'metadata': {'name': meta['name'], 'uid': uid, 'namespace': meta['namespace'], 'attempt': 0}, 'hostname': meta['name'],
                'log_directory': f'/var/log/pods/{uid}',
                'labels': {'io.kubernetes.pod.name': meta['name'], 'io.kubernetes.pod.namespace': meta['namespace'], 'io.kubernetes.pod.uid': uid},
                'linux': {'cgroup_parent': parent, 'security_context': {'namespace_options': self.namespaces(pod)}}}

    def namespaces(self, pod):
        options = {'pid': 'CONTAINER'}
        offset = int(pod['metadata']['uid'][:4], 16)
        start = None
        if pod['spec'].get('hostUsers') is False:
            # ranges of 65536 from 65536 on, as the kubelet gives them; a pod keeps its own by where its uid falls
            start = 65536 * (1 + offset % 10000)
        elif self.asks_crio(pod):
            # what CRI-O does by itself
            first, count = subordinate_ids('containers')
            start = first + 65536 * (offset % (count // 65536))
        if start is not None:
            mapping = [{'host_id': start, 'container_id': 0, 'length': 65536}]
            options['userns_options'] = {'mode': 'POD', 'uids': mapping, 'gids': mapping}
        return options

    def asks_crio(self, pod):
        """The annotation counts where the runtime's table allows it."""
        if 'crio' not in settings.SOCKET or 'io.kubernetes.cri-o.userns-mode' not in pod['metadata'].get('annotations', {}):
            return False
        with open('/run/crio/running.conf', 'rb') as file:
            runtime = tomllib.load(file)['crio']['runtime']['runtimes'].get(self.handler(pod['spec']) or 'runc', {})
        return 'io.kubernetes.cri-o.userns-mode' in runtime.get('allowed_annotations', [])

    def start_container(self, sandbox, config, container):
        image = container['image']
        if not self.cri('ImageStatus', image={'image': image}).image.id:
            if container.get('imagePullPolicy') == 'Never':
                raise RuntimeError('ErrImageNeverPull')
            self.cri('PullImage', image={'image': image})
        os.makedirs(config['log_directory'], exist_ok=True)
        created = self.cri('CreateContainer', pod_sandbox_id=sandbox, sandbox_config=config, config={
            'metadata': {'name': container['name']}, 'image': {'image': image}, 'command': container.get('command', []), 'args': container.get('args', []),
            'envs': [{'key': e['name'], 'value': e['value']} for e in container.get('env', [])], 'log_path': f'{container["name"]}.log',
            'labels': {**config['labels'], 'io.kubernetes.container.name': container['name']},
            'linux': {'security_context': {'namespace_options': config['linux']['security_context']['namespace_options']}}})
        self.cri('StartContainer', container_id=created.container_id)

    def report(self, pod, sandbox):
        containers = self.cri('ListContainers', filter={'pod_sandbox_id': sandbox}).containers
        running = bool(containers) and all(c.state == RUNNING for c in containers)
        ip = self.cri('PodSandboxStatus', pod_sandbox_id=sandbox).status.network.ip
        self.tell(pod, {'phase': 'Running' if running else 'Failed', 'podIP': ip, 'hostIP': own_address(),
                        'conditions': [{'type': 'Ready', 'status': str(running)}],
                        'containerStatuses': [{'name': c.metadata.name, 'ready': c.state == RUNNING, 'restartCount': 0,
                                               'containerID': f'containerd://{c.id}'} for c in containers]})

    def tell(self, pod, status):
        if pod['status'] != status:
            pod['status'] = status
            self.client.put(f'{path(pod)}/status', pod)

    def event(self, pod, reason, text):
        meta = pod['metadata']
        print(f'kubelet: pod {meta["namespace"]}/{meta["name"]}: {reason}: {text}', flush=True)
        self.client.post(f'/api/v1/namespaces/{meta["namespace"]}/events', {
            'metadata': {'name': 'any'}, 'type': 'Warning', 'reason': reason, 'message': text,
            'involvedObject': {'kind': 'Pod', 'name': meta['name'], 'namespace': meta['namespace'], 'uid': meta['uid']}})


def subordinate_ids(user):
    """Start and count of the range in /etc/subuid; CRI-O cannot start the pod without one."""
    with open('/etc/subuid') as file:
        for line in file:
            if line.startswith(f'{user}:'):
                return [int(number) for number in line.split(':')[1:]]
    raise RuntimeError(f'cannot find UID mappings for user "{user}": no subuid ranges found for user')


def path(pod):
    return f'/api/v1/namespaces/{pod["metadata"]["namespace"]}/pods/{pod["metadata"]["name"]}'
