"""The part of crictl that k3sbox uses: info, ps, pods, inspectp, images, exec; with its JSON."""
import json
import sys

import settings
from cri import Cri, message


def main(argv):
    if argv[:1] == ['--runtime-endpoint']:
        settings.SOCKET, argv = argv[1].removeprefix('unix://'), argv[2:]
    if not argv:
        return 1
    words = [w for w in argv[1:] if not w.startswith('-')]
    options = {w for w in argv[1:] if w.startswith('-')}
    try:
        return COMMANDS[argv[0]](Cri(timeout=5), words, options, argv[1:]) or 0
    except Exception as error:
        print(f'FATA[0000] {message(error)}', file=sys.stderr)
        return 1


def show(value):
    print(json.dumps(value, indent=2))


def plain(message_):
    """protobuf to the JSON that crictl prints: camel case, empty members included."""
    from google.protobuf.json_format import MessageToDict
    old = 'including_default_value_fields' in MessageToDict.__code__.co_varnames
    return MessageToDict(message_, **{'including_default_value_fields' if old else 'always_print_fields_with_no_presence': True})


def info(cri, *_):
    answer = cri('Status', verbose=True)
    found = {key: json.loads(value) if value[:1] in '{["' else value for key, value in answer.info.items()}
    if 'crio' in settings.SOCKET:
        found.pop('config', None)
    found['status'] = {'conditions': plain(answer.status)['conditions']}
    found['runtimeHandlers'] = [
        {'name': h.name, 'features': {'recursive_read_only_mounts': h.features.recursive_read_only_mounts,
                                      'user_namespaces': h.features.user_namespaces}} for h in answer.runtime_handlers]
    show(found)


def pods(cri, _words, options, argv):
    filters = {'label_selector': {}}
    for flag, value in zip(argv, argv[1:]):
        if flag == '--state':
            filters['state'] = {'state': {'ready': 0, 'notready': 1}[value.lower()]}
        if flag == '--label':
            key, _, wanted = value.partition('=')
            filters['label_selector'][key] = wanted
    name = dict(zip(argv, argv[1:])).get('--name')
    items = [i for i in cri('ListPodSandbox', filter=filters).items if name in (None, i.metadata.name)]
    if '-q' in options:
        print(''.join(f'{i.id}\n' for i in items), end='')
    else:
        show({'items': [plain(i) for i in items]})


def ps(cri, _words, options, argv):
    flags = dict(zip(argv, argv[1:]))
    filters = {} if '-a' in options else {'state': {'state': 1}}
    if '--pod' in flags:
        filters['pod_sandbox_id'] = flags['--pod']
    containers = cri('ListContainers', filter=filters).containers
    if '-q' in options:
        print(''.join(f'{c.id}\n' for c in containers), end='')
    else:
        show({'containers': [plain(c) for c in containers]})


def inspect(method, field):
    def command(cri, words, *_):
        ids = [w for w in words if w != 'json']
        answer = cri(method, verbose=True, **{field: ids[0]})
        show({'status': plain(answer.status), 'info': json.loads(answer.info['info'])})
    return command


def images(cri, words, options, _argv):
    found = [i for i in cri('ListImages').images if not words or words[0] in i.repo_tags]
    if '-q' in options:
        print(''.join(f'{i.id}\n' for i in found), end='')
    else:
        show({'images': [plain(i) for i in found]})


def execute(cri, words, *_):
    answer = cri('ExecSync', container_id=words[0], cmd=words[1:], timeout=10)
    sys.stdout.buffer.write(answer.stdout)
    sys.stderr.buffer.write(answer.stderr)
    return answer.exit_code


COMMANDS = {'info': info, 'pods': pods, 'ps': ps, 'images': images, 'exec': execute,
            'inspectp': inspect('PodSandboxStatus', 'pod_sandbox_id'), 'inspect': inspect('ContainerStatus', 'container_id')}
