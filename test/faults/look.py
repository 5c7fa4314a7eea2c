# Prints everything on a node that a rollback must leave as it was, one line a fact. What systemd would say about unit files
# stands in these folders.
import hashlib, os, stat, subprocess, time

ROOTS = '/etc /opt /usr/local /root /home /srv/app /var/spool /usr/lib/systemd/system /run/systemd/system'.split()
# What every system writes when somebody logs in, when packages come and go; what a node made anew has anew; our own state.
RESTLESS = {'/etc/ld.so.cache', '/etc/.pwd.lock', '/etc/machine-id', '/home/ops/.local', '/srv/app/lost+found'}


def look(path):
    if path in RESTLESS or path.startswith('/etc/ssh/ssh_host_') or (path.startswith('/etc/') and path.endswith('-')):
        return
    state = os.lstat(path)
    line = '%s %o %d:%d' % (path, state.st_mode, state.st_uid, state.st_gid)
    if not stat.S_ISDIR(state.st_mode) and state.st_nlink > 1:
        line += ' links=%d' % state.st_nlink
    if stat.S_ISLNK(state.st_mode):
        line += ' -> ' + os.readlink(path)
    if stat.S_ISREG(state.st_mode):
        with open(path, 'rb') as file:
            content = file.read()
        line += ' %d %s' % (len(content), hashlib.sha256(content).hexdigest())
    for name in os.listxattr(path, follow_symlinks=False):
        line += ' %s=%s' % (name, os.getxattr(path, name, follow_symlinks=False).hex())
    print(line)
    if stat.S_ISDIR(state.st_mode):
        for name in sorted(os.listdir(path)):
            look(os.path.join(path, name))


def ask(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.splitlines()


for root in ROOTS:
    if os.path.exists(root):
        look(root)
for line in ask('dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Package} ${Version}\n'):
    print('package', line)
if os.path.isdir('/run/systemd/system'):
    for line in ask('systemctl', 'list-units', '--type=service', '--state=running,failed', '--no-legend', '--plain', '--no-pager'):
        if not line.startswith('user@') and not line.startswith('user-runtime'):
            print('unit', *line.split()[:4])


def running():
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if '/k3sbox/' in os.readlink('/proc/%s/cwd' % pid):
                yield 'left running in %s: %s' % (os.readlink('/proc/%s/cwd' % pid), open('/proc/%s/cmdline' % pid).read().split('\0')[0])
        except OSError:
            pass


# What is on its way out has some time.
for _ in range(20):
    left = sorted(running())
    if not left:
        break
    time.sleep(0.2)
print('\n'.join(left))
