"""Talks to the API server of apiserver.py; finds it and a token in a kubeconfig file."""
import http.client
import json
import re
import subprocess
import urllib.parse


class Failed(Exception):
    def __init__(self, status, text, reason=''):
        super().__init__(text)
        self.status, self.reason = status, reason


def kubeconfig(server, token):
    return (f'apiVersion: v1\nkind: Config\nclusters:\n- name: default\n  cluster:\n    server: {server}\n'
            f'users:\n- name: default\n  user:\n    token: {token}\n'
            'contexts:\n- name: default\n  context: {cluster: default, user: default}\ncurrent-context: default\n')


def from_kubeconfig(path):
    with open(path) as file:
        text = file.read()
    return Client(re.search(r'server: (\S+)', text)[1], re.search(r'token: (\S+)', text)[1])


class Client:
    def __init__(self, server, token):
        self.server, self.token = server, token
        url = urllib.parse.urlsplit(server)
        self.host, self.port = url.hostname, url.port or 6443

    def call(self, method, path, body=None, content_type='application/json'):
        """The answer: plain data, or text. Raises Failed; status 0 means that there is no answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {'Authorization': f'Bearer {self.token}', 'Content-Type': content_type})
            response = connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as error:  # the server may go away in the middle of an answer
            raise Failed(0, f'The connection to the server {self.host}:{self.port} was refused - did you specify the right host or port? ({error})') from None
        finally:
            connection.close()
        answer = json.loads(data) if 'json' in response.getheader('Content-Type', '') else data.decode()
        if response.status >= 400:
            raise Failed(response.status, answer['message'], answer['reason'])
        return answer

    def get(self, path):
        return self.call('GET', path)

    def put(self, path, body):
        return self.call('PUT', path, body)

    def post(self, path, body):
        return self.call('POST', path, body)

    def delete(self, path, body=None):
        return self.call('DELETE', path, body)


def own_address():
    """This machine's first address. (cni0's come after eth0's.)"""
    return subprocess.run(['hostname', '-I'], capture_output=True, text=True, check=True).stdout.split()[0]
