"""HTTP with the API server's paths and messages, in front of the store. Clear text: the fleet's network is closed."""
import copy
import hashlib
import http.server
import json
import re
import threading
import urllib.parse

from store import KINDS, Refused, mark_deleted


def node_token(token, name):
    """What a kubelet shows to prove its name; made from the token that it joined with."""
    return 'node:' + name + ':' + hashlib.sha256(f'{token}/{name}'.encode()).hexdigest()


def serve(store, token, admin_token, etcd, port=6443):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        def log_message(self, *_):
            pass

        def user(self):
            got = self.headers.get('Authorization', '').removeprefix('Bearer ')
            if got == admin_token or got == f'server:{token}':
                return 'admin'
            name = got.split(':')[1] if got.startswith('node:') else ''
            if name and got == node_token(token, name):
                return f'node:{name}'
            raise Refused(401, 'Unauthorized', 'Unauthorized')

        def answer(self):
            length = int(self.headers.get('Content-Length') or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            url = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
            try:
                status, result = 200, self.route(url.path, query, body)
            except Refused as refused:
                status = refused.status
                result = {'kind': 'Status', 'apiVersion': 'v1', 'status': 'Failure', 'message': str(refused),
                          'reason': refused.reason, 'code': status}
            data = result.encode() if isinstance(result, str) else json.dumps(result).encode()
            self.send_response(status)
            self.send_header('Content-Type', 'text/plain' if isinstance(result, str) else 'application/json')
            self.send_header('Content-Length', str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def route(self, path, query, body):
            user = self.user()
            if path.startswith('/readyz') or path.startswith('/livez'):
                if path == '/readyz/etcd' and not etcd:
                    raise Refused(404, 'NotFound', 'the server could not find the requested resource')
                return '[+]ping ok\n[+]etcd ok\nreadyz check passed\n' if 'verbose' in query else 'ok'
            if path == '/metrics':
                return 'kubernetes_feature_enabled{name="UserNamespacesSupport",stage="BETA"} 1\n'
            if path == '/lab/whoami':
                return {'username': 'system:admin' if user == 'admin' else f'system:{user}'}
            if path == '/lab/admin' and user == 'admin':
                return {'token': admin_token}
            match = re.fullmatch(r'(?:/api/v1|/apis/[^/]+/v1)(?:/namespaces/([^/]+)(?=/[a-z]+))?/([a-z]+)(?:/([^/]+))?(?:/(status))?', path)
            if not match or match[2] not in KINDS:
                raise Refused(404, 'NotFound', 'the server could not find the requested resource')
            namespace, resource, name = match[1] or '', match[2], match[3]
            if user != 'admin':
                authorize(user[5:], self.command, resource, name, query, body)
            with store.changed:
                return getattr(self, self.command.lower())(resource, namespace, name, query, body, match[4])

        def get(self, resource, namespace, name, query, _body, _status):
            if name:
                return store.must(resource, namespace, name)
            # our kubelets ask again only when something changed
            if 'lab-wait' in query and int(query['lab-wait']) == store.revision:
                store.changed.wait(8)
            items = [o for o in store.list(resource, namespace) if matches(o, query)]
            version, kind, _ = KINDS[resource]
            return {'apiVersion': version, 'kind': f'{kind}List', 'metadata': {'resourceVersion': str(store.revision)}, 'items': items}

        def post(self, resource, namespace, _name, _query, body, _status):
            name = body['metadata']['name']
            if store.get(resource, namespace, name):
                raise Refused(409, 'AlreadyExists', f'{resource} "{name}" already exists')
            if resource == 'events':
                return store.event({'metadata': body['involvedObject']}, body['reason'], body['message'], body['type']) or {}
            return store.put(resource, namespace, body)

        def put(self, resource, namespace, name, _query, body, status):
            if status:
                old = copy.deepcopy(store.must(resource, namespace, name))
                old['status'] = body['status']
                body = old
            return store.put(resource, namespace, body)

        def patch(self, resource, namespace, name, _query, body, _status):
            old = store.get(resource, namespace, name)
            if not old and 'apply-patch' not in self.headers['Content-Type']:
                store.must(resource, namespace, name)
            return store.put(resource, namespace, merge(copy.deepcopy(old or {'metadata': {'name': name}}), body))

        def delete(self, resource, namespace, name, query, body, _status):
            found = store.must(resource, namespace, name)
            grace = (body or {}).get('gracePeriodSeconds', query.get('gracePeriodSeconds'))
            if resource == 'namespaces':
                found['metadata']['deletionTimestamp'] = 'now'
                found['status'] = {'phase': 'Terminating'}
                return store.put(resource, '', found)
            if resource == 'pods' and 'lab-gone' not in query:
                mark_deleted(store, found, int(grace) if grace is not None else found['spec'].get('terminationGracePeriodSeconds', 30))
            else:
                store.remove(resource, namespace, name)
            return found

    server = http.server.ThreadingHTTPServer(('', port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()


def authorize(node, verb, resource, name, query, body):
    """What the Node authorizer and NodeRestriction leave to a kubelet."""
    own = {'nodes': name == node or query.get('fieldSelector') == f'metadata.name={node}' or verb == 'POST',
           'pods': bool(name) or query.get('fieldSelector') == f'spec.nodeName={node}',
           'leases': name == node or verb == 'POST', 'events': verb == 'POST', 'runtimeclasses': verb == 'GET'}
    if not own.get(resource):
        action = {'GET': 'get' if name else 'list', 'PATCH': 'patch', 'DELETE': 'delete', 'POST': 'create', 'PUT': 'update'}[verb]
        raise Refused(403, 'Forbidden', f'{resource} {json.dumps(name) if name else ""} is forbidden: User "system:node:{node}" '
                      f'cannot {action} resource "{resource}" in API group ""')
    if resource == 'nodes' and verb == 'PATCH':
        for label in (body.get('metadata', {}).get('labels') or {}):
            domain = label.rpartition('/')[0]
            if re.search(r'(^|\.)(kubernetes|k8s)\.io$', domain) and not re.search(r'(^|\.)(kubelet|node)\.kubernetes\.io$', domain):
                raise Refused(403, 'Forbidden', f'nodes "{node}" is forbidden: is not allowed to modify labels: {label}')


def matches(item, query):
    for condition in filter(None, query.get('fieldSelector', '').split(',')):
        path, _, wanted = condition.partition('=')
        value = item
        for part in path.split('.'):
            value = (value or {}).get(part)
        if value != wanted:
            return False
    labels = item['metadata'].get('labels', {})
    for condition in filter(None, query.get('labelSelector', '').split(',')):
        key, equals, wanted = condition.partition('=')
        if equals and labels.get(key) != wanted.lstrip('=') or not equals and (key.startswith('!') == (key.lstrip('!') in labels)):
            return False
    return True


def merge(old, new):
    """JSON merge patch (RFC 7386)."""
    for key, value in new.items():
        if value is None:
            old.pop(key, None)
        elif isinstance(value, dict) and isinstance(old.get(key), dict):
            merge(old[key], value)
        else:
            old[key] = value
    return old
