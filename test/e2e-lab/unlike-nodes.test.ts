/*
 * Proves, on nodes that differ in system, login, sudo and transport (Debian 13 and 14, an edge device with busybox and dropbear;
 * root, sudo with and without a password; ssh2 and the system's ssh) and with one play of ordinary tasks: a plan names exactly
 * what then changes and writes nothing; a node on which a task fails is as it was, and its message says all there is to say;
 * a second run changes nothing; a rollback leaves no trace.
 */
import { randomBytes } from 'node:crypto';

import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { describeLab } from '../lab/describe-lab.ts';
import { useFleet } from './use-fleet.ts';

const debian = { systemd: true, apt: true };
const light = { systemd: false, apt: true };
const device = { systemd: false, apt: false, ansible_user: 'root' };

const nodes = {
  plain: { base: 'forky', vars: debian },
  asked: { base: 'forky', vars: { ...debian, ansible_user: 'opspw', ansible_become_password: 'opspw' } },
  openssh: { base: 'trixie', vars: { ...debian, ansible_connection: 'openssh' } },
  both: {
    base: 'forky',
    light: true,
    vars: { ...light, ansible_connection: 'openssh', ansible_user: 'opspw', ansible_become_password: 'opspw' },
  },
  edge: { base: 'edge', vars: device },
  dropbear: { base: 'edge', vars: { ...device, ansible_connection: 'openssh' } },
};
const names = Object.keys(nodes);

const playbook = `
- name: Ordinary things
  hosts: all
  become: true
  vars: { broken: [], port: 8080 }
  handlers:
    - name: restart it
      service: { name: thing, state: restarted }
      when: systemd
  tasks:
    - name: A package
      package: { name: rsync, update_cache: true }
      when: apt
    - name: An account
      user: { name: thing, system: true, create_home: false }
      when: apt
    - name: A folder
      file: { path: /opt/thing, state: directory, mode: "0750" }
    - name: A large file
      copy: { src: large.bin, dest: /opt/thing/large.bin, mode: "0600" }
    - name: A template
      template: { src: thing.conf.hbs, dest: /opt/thing/thing.conf, mode: "0640" }
      notify: restart it
    - name: A line
      lineinfile: { path: /etc/hosts, line: "192.0.2.1 thing" }
    - name: Rights
      file: { path: /etc/hostname, mode: "0600" }
    - name: A link
      file: { path: /opt/link, src: thing, state: link }
    - name: A file less
      file: { path: /etc/shells, state: absent }
    - name: The kernel
      sysctl: { name: net.ipv4.ip_default_ttl, value: 65, sysctl_file: /opt/thing/sysctl.conf }
    - name: A unit
      copy:
        dest: /etc/systemd/system/thing.service
        content: "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n"
      when: systemd
    - name: A service
      service: { name: thing, state: started, enabled: true }
      when: systemd
    - name: A command
      shell: echo done >/opt/thing/done
      args: { creates: /opt/thing/done }
      undo: rm -f /opt/thing/done
    - name: The last one
      shell: |
        echo looking at {{ inventory_hostname }}
        echo it is broken >&2
        exit 3
      when: inventory_hostname in broken
`;

const Plan = z.object({
  hosts: z.record(z.string(), z.object({ tasks: z.array(z.object({ name: z.string(), action: z.string() })) })),
});

describeLab('ordinary tasks on unlike nodes', () => {
  const fleet = useFleet('unlike', nodes);
  const { k3sbox } = fleet;
  const lookAtAll = () => Promise.all(names.map((node) => fleet.look(node)));
  let before: readonly string[];
  let foretold: Readonly<Record<string, readonly string[]>>;
  let run: string;

  beforeAll(async () => {
    fleet.write('play.yaml', playbook);
    fleet.write('thing.conf.hbs', 'port = {{ port }}\n');
    fleet.write('large.bin', randomBytes(300_000).toString('base64'));
    before = await lookAtAll();
  });

  test('a plan writes nothing, anywhere', async () => {
    // But for what sshd, sudo and systemd themselves keep of a login.
    const logs = ['/run', '/var/log', '/var/lib/systemd', '/var/lib/sudo']
      .map((path) => `! -path '${path}*'`)
      .join(' ');
    const times = `find / -xdev ${logs} -exec stat -c '%Y %Z %n' {} + | sort`;
    const timesOfAll = () => Promise.all(names.map((node) => fleet.root(node, times)));
    const then = await timesOfAll();

    const { exitCode, stdout, stderr } = await k3sbox('plan', 'play.yaml', '--output', 'json');

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(await timesOfAll()).toEqual(then);
    expect(await lookAtAll()).toEqual(before);
    const { hosts } = Plan.parse(JSON.parse(stdout));
    foretold = Object.fromEntries(
      Object.entries(hosts).map(([host, { tasks }]) => [
        host,
        tasks.filter(({ action }) => action === 'change').map(({ name }) => name),
      ]),
    );
    expect(Object.values(hosts).flatMap(({ tasks }) => tasks.filter(({ action }) => action === 'unknown'))).toEqual([]);
  });

  test('a node that fails is as it was, the others are done, and the message says it all', async () => {
    const { exitCode, stdout } = await k3sbox('run', 'play.yaml', '-e', 'broken=[asked, edge]', '--forks', '4');
    run = /^run (\S+)/.exec(stdout)?.[1] ?? '';

    expect(exitCode).toBe(5);
    expect(await fleet.look('asked')).toBe(before[names.indexOf('asked')]);
    expect(await fleet.look('edge')).toBe(before[names.indexOf('edge')]);
    expect(await fleet.root('plain', 'systemctl is-active thing; cat /opt/thing/thing.conf')).toBe(
      'active\nport = 8080\n',
    );
    expect(said(stdout, 'asked')).toMatchInlineSnapshot(`
      "asked     failed TIME  The last one
          at       play.yaml:46:7
          error    exit code 3
          command  echo looking at asked
                   echo it is broken >&2
                   exit 3
          output   looking at asked
                   it is broken
      asked     taking back             16 steps
      asked     undone                  take back: run echo done >/opt/thing/done
      asked     undone                  take back: start thing.service
      asked     undone                  take back: enable thing.service
      asked     undone                  take back: write /etc/systemd/system/thing.service
      asked     undone                  take back: set net.ipv4.ip_default_ttl to 65
      asked     undone                  take back: write /opt/thing/sysctl.conf
      asked     undone                  take back: remove file /etc/shells
      asked     undone                  take back: link /opt/link to thing
      asked     undone                  take back: set mode 600 of /etc/hostname
      asked     undone                  take back: write /etc/hosts
      asked     undone                  take back: write /opt/thing/thing.conf (mode 640)
      asked     undone                  take back: write /opt/thing/large.bin (mode 600)
      asked     undone                  take back: make directory /opt/thing
      asked     undone                  take back: make the account thing
      asked     undone                  take back: install rsync
      asked     rolled-back             15 steps taken back"
    `);
    expect(recapOf(stdout)).toMatchInlineSnapshot(`
      "recap
      plain, openssh  ok               ok=14  changed=14  skipped=1   failed=0   undone=0
      asked           rolled-back      ok=13  changed=13  skipped=0   failed=1   undone=15
      both            ok               ok=11  changed=11  skipped=4   failed=0   undone=0
      edge            rolled-back      ok=9   changed=9   skipped=4   failed=1   undone=11
      dropbear        ok               ok=9   changed=9   skipped=6   failed=0   undone=0
      6 hosts: 4 ok, 2 rolled-back; 70 tasks changed; 26 steps taken back; TIME
      run RUN: a task failed on a host (exit code 5)
      "
    `);
  });

  test('what was planned is what changed', async () => {
    const events = await fleet.events(run);

    for (const host of ['plain', 'openssh', 'both', 'dropbear']) {
      const changed = events.flatMap((event) =>
        event.type === 'task-ended' && event.host === host && event.status === 'changed' ? [event.task] : [],
      );
      expect({ host, changed }).toEqual({ host, changed: foretold[host] });
    }
  });

  test('a second run changes nothing', async () => {
    const { exitCode, stdout } = await k3sbox('run', 'play.yaml', '--limit', 'all:!asked:!edge');

    expect(exitCode).toBe(0);
    expect(stdout).toContain('; 0 tasks changed; ');
  });

  test('a rollback leaves no trace', async () => {
    const { exitCode } = await k3sbox('rollback', run);

    expect(exitCode).toBe(0);
    expect(await lookAtAll()).toEqual(before);
  });

  test('a password for sudo that is wrong, or missing, is told before anything is done', async () => {
    const wrong = await k3sbox('run', 'play.yaml', '--limit', 'asked', '-e', 'ansible_become_password=wrong');
    const missing = await k3sbox('run', 'play.yaml', '--limit', 'plain', '-u', 'opspw');

    expect([wrong.exitCode, missing.exitCode]).toEqual([4, 4]);
    expect(wrong.stdout).toContain('sudo refused the password');
    expect(missing.stdout).toMatch(/hint +Give the password with --ask-become-pass or ansible_become_password/);
    expect(wrong.stdout).not.toContain('wrong');
  });

  test('a password for sudo can be typed, or come from the environment', async () => {
    const ping = ['ping', 'plain', '-i', 'hosts.yaml', '-u', 'opspw', '-b'];
    const [typed, given] = await Promise.all([
      fleet.onTerminal('opspw\n', {}, ...ping, '-K'),
      fleet.onTerminal(
        '',
        { LAB_PASSWORD: 'opspw' },
        ...ping,
        '-e',
        `ansible_become_password='{{env "LAB_PASSWORD"}}'`,
      ),
    ]);

    expect(typed).toMatch(/sudo password: \s+plain {2}\S*ok\S* {2}root \(uid 0\)/);
    expect(given).toMatch(/^plain {2}\S*ok\S* {2}root \(uid 0\)/);
  });
});

/** What was printed about a host's failure and rollback, without what differs from run to run. */
function said(stdout: string, host: string): string {
  const lines = stdout.slice(0, stdout.indexOf('\nrecap\n'));
  const blocks = lines.split(/\n(?! {4})/).filter((block) => block.startsWith(`${host} `));
  return blocks
    .slice(blocks.findIndex((block) => /^\S+ +failed/.test(block)))
    .join('\n')
    .replaceAll(/ +[\d.]+m?s {2}/g, ' TIME  ')
    .replaceAll(/ +$/gm, '');
}

function recapOf(stdout: string): string {
  return stdout
    .slice(stdout.indexOf('recap'))
    .replaceAll(/; [\d.]+m?s\n/g, '; TIME\n')
    .replaceAll(/^run \S+:/gm, 'run RUN:');
}
