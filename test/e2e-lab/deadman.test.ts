/*
 * Proves on real nodes that a change that cuts us off does not stay: the host goes back by itself, byte for byte, whatever became
 * of the connection or the controller, and the run says so; that a host which is moved on purpose stays where it was moved to;
 * and that neither timer nor watchdog is left in any case. n1 has systemd, n2 is one busybox with dropbear.
 */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeAll, describe, expect, test } from 'vitest';

import { describeLab } from '../lab/describe-lab.ts';
import { useFleet } from './use-fleet.ts';

const handlers = `
  handlers:
    - name: restart sshd
      service: { name: ssh, state: restarted }
`;

/** sshd comes up again, and answers nobody who is not on the machine. */
const cut = `
- name: Cut
  hosts: n1
  become: true
  tasks:
    - name: Before
      copy: { dest: /etc/before, content: "before\\n" }
    - name: Listen elsewhere
      deadman: 10s
      copy: { dest: /etc/ssh/sshd_config.d/00-cut.conf, content: "ListenAddress 127.0.0.1\\n" }
      notify: restart sshd
    - name: After
      copy: { dest: /etc/after, content: "after\\n" }
${handlers}`;

const move = `
- name: Move
  hosts: n1
  become: true
  tasks:
    - name: Move sshd
      vars: { new_port: 2222 }
      deadman: { after: 30s, port: "{{ new_port }}" }
      block:
        - name: Another port
          copy: { dest: /etc/ssh/sshd_config.d/00-move.conf, content: "Port {{ new_port }}\\n" }
          notify: restart sshd
    - name: After
      copy: { dest: /etc/after, content: "after\\n" }
    - name: Which port is it?
      shell: awk '$4 == "01" { split($2, local, ":"); print "established", local[2] }' /proc/net/tcp
      changed_when: false
    - name: The last one
      command: "{{ last }}"
      changed_when: false
${handlers}`;

/** A scope in which something takes its time, or goes wrong. */
const slow = (after: string, command: string, more = ''): string => `
- name: Slow
  hosts: n1
  become: true
  tasks:
    - name: Guarded
      deadman: ${after}
      block:
        - name: Before
          copy: { dest: /etc/before, content: "before\\n" }
        - name: Slow
          shell: ${JSON.stringify(command)}
          ${more}
`;

const edge = (last: string): string => `
- name: Edge
  hosts: n2
  tasks:
    - name: Guarded
      deadman: 8s
      block:
        - name: Before
          copy: { dest: /etc/before, content: "before\\n" }
        - name: Last
          shell: ${JSON.stringify(last)}
          undo: ip link set eth0 up
`;

describeLab('a dead-man switch', () => {
  const fleet = useFleet('deadman', {
    n1: { base: 'forky' },
    n2: { base: 'edge', vars: { ansible_user: 'root' } },
  });
  const { k3sbox, lab } = fleet;
  let before: readonly string[];
  const looks = () => Promise.all(['n1', 'n2'].map((node) => fleet.look(node)));

  beforeAll(async () => {
    before = await looks();
  });

  afterEach(async () => {
    await until(async () => isDeepStrictEqual(await looks(), before));
    for (const node of ['n1', 'n2']) await until(async () => (await waiting(node)) === '');
  });

  /** Timers and watchdogs. */
  const waiting = (node: string): Promise<string> =>
    fleet.root(
      node,
      `if [ -d /run/systemd/system ]; then systemctl list-units --all --no-legend 'k3sbox-*'; fi; ps -eo args 2>/dev/null | grep '[d]eadman' || :`,
    );

  const play = (text: string): string => {
    fleet.write('play.yaml', text);
    return 'play.yaml';
  };

  test('is part of the plan, and a dry run arms nothing', async () => {
    const { exitCode, stdout } = await k3sbox('plan', play(cut));

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/change +Listen elsewhere .*\n +guarded by a dead-man switch of 10s\n/);
    expect(stdout.match(/guarded by/g)).toHaveLength(1);
    expect(await fleet.root('n1', 'ls /var/lib/k3sbox 2>/dev/null || :')).toBe('');
  });

  test('brings a host back that a change has cut off, and the run says so', async () => {
    const { exitCode, stdout } = await k3sbox('run', play(cut), '-v');

    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^n1 +deadman +armed: the host goes back by itself in 10s$/m);
    expect(stdout).toMatch(/^n1 +deadman +nobody confirmed in time: the host took the run back by itself$/m);
    expect(stdout).toMatch(/^n1 +undone +take back: write \/etc\/ssh\/sshd_config.d\/00-cut.conf$/m);
    expect(stdout).toMatch(/^n1 +undone +again, restart ssh.service$/m);
    expect(stdout).toMatch(
      /the change cut n1 off \(\S+:22 refuses connections\); its dead-man switch took the run back after 10s$/m,
    );
    expect(stdout).toMatch(/^n1 +rolled-back +ok=3 +changed=3 .*undone=3$/m);
    expect(stdout).not.toContain('After');
    const types = (await fleet.events()).map(({ type }) => type);
    const story = ['deadman-armed', 'deadman-fired', 'rollback-started', 'undo-done', 'rollback-ended', 'run-finished'];
    expect(types.filter((type, i) => story.includes(type) && types[i - 1] !== type)).toEqual(story);
  });

  describe('that moves sshd to another port', () => {
    test('is confirmed there, the run goes on there, and its rollback comes back', async () => {
      const { exitCode, stdout } = await k3sbox('run', play(move), '-v', '-e', 'last=true');

      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^n1 +deadman +confirmed over a new connection, at port 2222$/m);
      // 2222 is 08AE; nothing is left on 22.
      expect(stdout.match(/established \w+/g)).toEqual(['established 08AE']);
      const address = lab.address('n1');
      expect((await lab.exec(['sh', '-c', `exec 3<>/dev/tcp/${address}/22`])).code).not.toBe(0);

      const back = await k3sbox('rollback', '--last');
      expect({ code: back.exitCode, stdout: back.stdout }).toMatchObject({ code: 0 });
      expect(back.stdout).toMatch(/^n1 +rolled-back +3 steps taken back$/m);
    });

    test('takes back what fails behind it, also when that moves the host back', async () => {
      const { exitCode, stdout } = await k3sbox('run', play(move), '-v', '-e', 'last=false');

      expect(exitCode).toBe(5);
      expect(stdout).toMatch(/^n1 +deadman +confirmed over a new connection, at port 2222$/m);
      expect(stdout).toMatch(/^n1 +rolled-back +3 steps taken back$/m);
      expect(stdout).not.toContain('nobody confirmed');
    });

    test('to a port where nobody answers is not confirmed', async () => {
      const { exitCode, stdout } = await k3sbox(
        'run',
        play(move.replace('30s', '6s').replace('"Port ', '"#')),
        '-e',
        'last=true',
      );

      expect(exitCode).toBe(5);
      expect(stdout).toMatch(/the change cut n1 off \(\S+:2222 refuses connections\); its dead-man switch took/);
    });
  });

  test('is no success when it comes too late', async () => {
    const { exitCode, stdout } = await k3sbox('run', play(slow('4s', 'sleep 60')));

    expect(exitCode).toBe(5);
    expect(stdout).toContain('n1 was not through with what stands under `deadman` within 4s; its dead-man switch took');
    expect(stdout).toMatch(/^n1 +rolled-back +1 step taken back$/m);
  });

  test('brings a host back that has lost its connections, too', async () => {
    const command = 'systemctl stop ssh; pkill -KILL sshd; sleep 60';
    const { exitCode, stdout } = await k3sbox('run', play(slow('12s', command, 'undo: systemctl start ssh')));

    expect(exitCode).toBe(5);
    expect(stdout).toMatch(
      /n1 is out of reach .*: waiting for its dead-man switch, which takes the run back in \d+s; at most/,
    );
    expect(stdout).toMatch(
      /the change cut n1 off \(connection lost.*\); its dead-man switch took the run back after 12s/,
    );
  });

  test('brings a host back whose cable is pulled', async () => {
    const run = fleet.start('run', play(slow('8s', 'echo begun; sleep 60')), '-i', 'hosts.yaml', '-v');
    await run.seen(/\| begun/);

    await lab.link('n1', 'down');
    await sleep(12_000);
    await lab.link('n1', 'up');
    const { exitCode, stdout } = await run.ended;

    expect(exitCode).toBe(5);
    expect(stdout).toContain('its dead-man switch took the run back after 8s');
  });

  test('brings a host back whose controller is gone, and says so to whoever asks later', async () => {
    const run = fleet.start('run', play(slow('8s', 'echo begun; sleep 60')), '-i', 'hosts.yaml', '-v');
    await run.seen(/\| begun/);

    run.child.kill('SIGKILL');
    await run.ended;

    await until(async () => (await fleet.look('n1')) === before[0]);
    const back = await k3sbox('rollback', '--last');
    expect(back.exitCode).toBe(0);
    expect(back.stdout).toMatch(/^n1 +deadman +nobody confirmed in time/m);
    expect(back.stdout).toMatch(/^n1 +undone +take back: write .etc.before$/m);
  });

  test('is disarmed by the rollback of a task that fails', async () => {
    const { exitCode, stdout } = await k3sbox('run', play(slow('1h', 'exit 3')));

    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^n1 +rolled-back +1 step taken back$/m);
  });

  test('is disarmed by Ctrl-C', async () => {
    const run = fleet.start('run', play(slow('1h', 'echo begun; sleep 60')), '-i', 'hosts.yaml', '-v');
    await run.seen(/\| begun/);

    run.child.kill('SIGINT');

    expect((await run.ended).exitCode).toBe(130);
  });

  describe('without systemd', () => {
    test('is a watchdog that survives us', async () => {
      const run = fleet.start('run', play(edge('echo begun; sleep 60')), '-i', 'hosts.yaml', '-v');
      await run.seen(/\| begun/);

      run.child.kill('SIGKILL');
      await run.ended;

      expect(await waiting('n2')).toContain('deadman wait');
      await until(async () => (await fleet.look('n2')) === before[1]);
      expect((await k3sbox('rollback', '--last')).exitCode).toBe(0);
    });

    test('brings the network back', async () => {
      const { exitCode, stdout } = await k3sbox('run', play(edge('ip link set eth0 down')));

      expect(exitCode).toBe(5);
      expect(stdout).toMatch(/the change cut n2 off .*; its dead-man switch took the run back after 8s/);
    });

    test('is confirmed when all is well', async () => {
      const { exitCode, stdout } = await k3sbox('run', play(edge('true')), '-v');

      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^n2 +deadman +confirmed over a new connection$/m);
      expect((await k3sbox('rollback', '--last')).exitCode).toBe(0);
    });
  });
});

/** Asks again and again, for half a minute at most. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it did not come true within half a minute');
    await sleep(200);
  }
}
