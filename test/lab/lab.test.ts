import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

import { testLab, useLab } from '../e2e-lab/use-lab.ts';
import { startDelay } from './delay.ts';
import { describeLab } from './describe-lab.ts';
import { Lab } from './lab.ts';
import { run } from './run.ts';

/** What a command prints, on a node where it succeeds. */
async function output(lab: Lab, name: string, command: string, user = 'ops'): Promise<string> {
  const { code, stdout, stderr } = await lab.ssh(name, command, { user });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

/** A login that answers each line with the same line. */
async function openEcho(lab: Lab, name: string): Promise<ChildProcessWithoutNullStreams> {
  const [ssh = '', ...args] = lab.sshCommand(name);
  const child = spawn(ssh, [...args, 'echo ready; cat']);
  await once(child.stdout, 'data');
  return child;
}

/** Whether a login stays open and silent for a while, although it was sent a line. */
async function isSilent(child: ChildProcessWithoutNullStreams): Promise<boolean> {
  const heard = Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  child.stdin.write('hello\n');
  return Promise.race([heard.then(() => false), setTimeout(2000, true)]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // of a process that has ended meanwhile
    return '';
  }
}

/** Everything of a lab that the kernel or the disk knows. */
async function traces(lab: Lab): Promise<readonly string[]> {
  const { stdout } = await run(['ip', 'netns', 'list']);
  const namespaces = stdout.split('\n').filter((line) => line.startsWith(lab.id));
  // a process without a command line has ended, and its parent has not asked for it yet
  const processes = readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) && read(`/proc/${pid}/cgroup`).includes(`/${lab.id}/`) && read(`/proc/${pid}/cmdline`) !== '',
  );
  const mounts = read('/proc/mounts')
    .split('\n')
    .filter((line) => line.includes(`${lab.dir}/`));
  const paths = [lab.dir, `/sys/fs/cgroup/${lab.id}`, `/sys/fs/cgroup/unified/${lab.id}`];
  return [...namespaces, ...processes, ...mounts, ...paths.filter((path) => existsSync(path))];
}

describeLab('a node', () => {
  const lab = useLab('node', 2);

  test('runs systemd without a failed unit', async () => {
    expect(await output(lab, 'n1', 'systemctl is-system-running --wait')).toBe('running');
    expect(await output(lab, 'n1', 'systemctl --failed --no-legend')).toBe('');
  });

  test('has a name, a machine id and a boot id of its own', async () => {
    const identity = 'hostname; cat /etc/machine-id /proc/sys/kernel/random/boot_id';
    const ids = [
      await output(lab, 'n1', identity),
      await output(lab, 'n2', identity),
      readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'),
    ];
    expect(new Set(ids.flatMap((text) => text.trim().split('\n'))).size).toBe(7);
  });

  test.each([
    ['root', 'id -u'],
    ['ops', 'sudo -n id -u'],
    ['opspw', 'echo opspw | sudo -S -p "" id -u'],
  ])('lets %s become root', async (user, command) => {
    expect(await output(lab, 'n1', command, user)).toBe('0');
  });

  test('asks opspw for a password', async () => {
    expect((await lab.ssh('n1', 'sudo -n true', { user: 'opspw' })).code).toBe(1);
  });

  test('installs with apt what it does not have, from a repository without a network', async () => {
    const packages = 'rsync iptables kmod fuse3';
    const programs = 'command -v rsync /usr/sbin/iptables /usr/sbin/modprobe fusermount3';
    expect((await lab.ssh('n2', programs)).stdout).toBe('');
    await output(
      lab,
      'n2',
      `sudo sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install ${packages} >/dev/null 2>&1'`,
    );
    expect((await output(lab, 'n2', programs)).split('\n')).toHaveLength(4);
  });

  test('runs containers and speaks the CRI to Python', async () => {
    await output(lab, 'n1', 'sudo ctr -n k8s.io run --rm docker.io/lab/busybox:1 one true');
    const program = `import grpc, api_pb2, api_pb2_grpc
channel = grpc.insecure_channel('unix:/run/containerd/containerd.sock')
print(api_pb2_grpc.RuntimeServiceStub(channel).Version(api_pb2.VersionRequest()).runtime_name)`;
    const python = { input: program, user: 'root' };
    expect(await lab.ssh('n1', 'PYTHONPATH=/usr/local/lib/lab/cri python3 -B -', python)).toMatchObject({
      stdout: 'containerd\n',
    });
  });

  test('comes back from a reboot with a new boot id and an uptime that starts again', async () => {
    const before = await output(lab, 'n2', 'cat /proc/sys/kernel/random/boot_id');
    const login = await openEcho(lab, 'n2');
    await Promise.all([once(login, 'close'), lab.ssh('n2', 'sudo systemctl reboot')]);
    await lab.wait('n2');
    expect(await output(lab, 'n2', 'cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
    expect(Number.parseFloat(await output(lab, 'n2', 'cat /proc/uptime'))).toBeLessThan(60);
  });

  test('has no way out of the fleet', async () => {
    const { stdout } = await lab.exec(['ip', 'route']);
    expect(stdout.trim().split('\n')).toEqual([expect.stringContaining('dev br0')]);
    expect(await output(lab, 'n1', 'ip route show default')).toBe('');
  });
});

describeLab('trouble', () => {
  const lab = useLab('trouble', 2, { base: 'forky' });

  test('a power cut: peers hear nothing, and after the boot the disk is as it was', async () => {
    await output(lab, 'n1', 'echo kept > file; sync');
    const login = await openEcho(lab, 'n1');

    await lab.kill('n1');

    expect(await isSilent(login)).toBe(true);
    expect(await lab.nodes()).toMatchObject([{ status: 'off' }, { status: 'up' }]);
    login.kill();
    await lab.start('n1');
    expect(await output(lab, 'n1', 'cat file')).toBe('kept');
    expect(await output(lab, 'n1', 'sudo journalctl --list-boots --no-pager | grep -c "^ *-1 "')).toBe('1');
  });

  test('a frozen node is silent and goes on where it was', async () => {
    const login = await openEcho(lab, 'n1');

    await lab.freeze('n1');

    expect(await isSilent(login)).toBe(true);
    expect(await lab.nodes()).toMatchObject([{ status: 'frozen' }, { status: 'up' }]);
    const echoed = once(login.stdout, 'data');
    await lab.thaw('n1');
    expect(String(await echoed)).toBe('hello\n');
    login.kill();
  });

  test('a pulled cable: connections live on when it is back', async () => {
    const login = await openEcho(lab, 'n2');

    await lab.link('n2', 'down');

    expect(await isSilent(login)).toBe(true);
    const echoed = once(login.stdout, 'data');
    await lab.link('n2', 'up');
    expect(String(await echoed)).toBe('hello\n');
    login.kill();
  });

  test('a node that has powered off stays off until it is started', async () => {
    const login = await openEcho(lab, 'n2');
    await Promise.all([once(login, 'close'), lab.ssh('n2', 'sudo systemctl poweroff')]);
    await expect.poll(async () => (await lab.nodes())[1]?.status, { timeout: 60_000 }).toBe('off');

    await lab.start('n2');

    expect(await output(lab, 'n2', 'hostname')).toBe('n2');
  });

  test('a long way: the delay proxy adds its round trip to every answer', async () => {
    const delay = await startDelay(lab, 200);
    onTestFinished(() => delay[Symbol.asyncDispose]());
    const inventory = parse(await lab.inventoryYaml({ delayed: true })) as unknown;
    expect(inventory).toMatchObject({
      all: { children: { k3s_server: { hosts: { n1: { ansible_host: expect.stringMatching(/^127\./) } } } } },
    });
    const connect = async (address: string): Promise<number> => {
      const start = performance.now();
      const { stdout } = await lab.exec([
        'bash',
        '-c',
        `exec 3<>/dev/tcp/${address}/22; read -r line <&3; echo "$line"`,
      ]);
      expect(stdout).toContain('SSH-2.0');
      return performance.now() - start;
    };

    const address = lab.address('n1');
    const near = await connect(address);
    const far = await connect(address.replace(/^10/, '127'));

    // a handshake and the way of the greeting are two round trips; a loaded machine adds its own
    expect(far - near).toBeGreaterThan(300);
    expect(far).toBeLessThan(near + 2000);
  });
});

describeLab('other nodes', () => {
  const lab = useLab('other', 0);

  test('an edge device has dropbear and busybox, and nothing else', async () => {
    await lab.new('door', { base: 'edge' });

    const { stdout } = await lab.exec([
      'bash',
      '-c',
      `exec 3<>/dev/tcp/${lab.address('door')}/22; read -r line <&3; echo "$line"`,
    ]);
    expect(stdout).toContain('dropbear');
    expect(await output(lab, 'door', 'readlink -f /bin/sh')).toBe('/bin/busybox');
    expect((await lab.ssh('door', 'command -v bash python3 sudo')).stdout).toBe('');
  });

  test('trixie has OpenSSH 10.0', async () => {
    await lab.new('old', { base: 'trixie' });

    expect(await output(lab, 'old', 'ssh -V 2>&1')).toContain('OpenSSH_10.0');
    expect(await output(lab, 'old', 'systemctl is-system-running --wait')).toBe('running');
  });

  test('a light node has sshd as PID 1', async () => {
    await lab.new('light', { base: 'forky', light: true });

    expect(await output(lab, 'light', 'cat /proc/1/comm; sudo -n id -u')).toBe('sshd\n0');
  });

  test('the inventory has servers, agents and edge devices', async () => {
    expect(parse(await lab.inventoryYaml({ user: 'root' }))).toEqual({
      all: {
        vars: {
          ansible_user: 'root',
          ansible_ssh_private_key_file: lab.keyFile,
          k3sbox_known_hosts_file: lab.knownHostsFile,
        },
        children: {
          k3s_server: { hosts: { light: { ansible_host: lab.address('light') } } },
          k3s_agent: { hosts: { old: { ansible_host: lab.address('old') } } },
          edge: { hosts: { door: { ansible_host: lab.address('door') } } },
        },
      },
    });
  });
});

describeLab('labs', () => {
  const light = { base: 'forky', light: true };

  test('two of them do not meet, and one can go without the other', async () => {
    const [one, two] = [testLab('one'), testLab('two')];
    onTestFinished(() => two.down());
    await Promise.all([one.up(1, light), two.up(1, light)]);
    await output(one, 'n1', 'echo one > name');
    await output(two, 'n1', 'echo two > name');

    await one.down();

    expect(await output(two, 'n1', 'cat name')).toBe('two');
    expect(await traces(one)).toEqual([]);
    await two.down();
    expect(await traces(two)).toEqual([]);
  });

  test('nothing is left after down, also of one whose process was killed', async () => {
    const lab = testLab('crash');
    onTestFinished(() => lab.down());
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/lab/cli.ts', 'up', '3', '--base', 'forky'], {
      env: { ...process.env, LAB: lab.name },
    });
    await expect.poll(() => existsSync(`${lab.dir}/nodes/n2/pid`), { timeout: 60_000, interval: 20 }).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    const controller = lab.spawn(['sleep', '1000'], { stdio: 'ignore' });
    expect(await traces(lab)).not.toEqual([]);

    await Promise.all([once(controller, 'close'), new Lab(lab.name).down()]);

    expect(await traces(lab)).toEqual([]);
  });

  test('a base that does not exist is refused with those that do', async () => {
    await expect(testLab('wrong').up(1, { base: 'sarge' })).rejects.toThrow(
      /no base sarge; there are edge, trixie, forky\+ctd/,
    );
  });
});
