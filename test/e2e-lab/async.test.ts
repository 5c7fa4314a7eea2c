/* Proves on real nodes, one of them with busybox alone, that a command in the background outlives sshd and the network. */
import { beforeAll, expect, test } from 'vitest';

import { describeLab } from '../lab/describe-lab.ts';
import { useFleet } from './use-fleet.ts';

const lines = Array.from({ length: 60 }, (_line, i) => `line ${i + 1}`);

const playbook = `
- hosts: all
  become: true
  tasks:
    - name: Build
      shell: i=0; while [ $i -lt ${lines.length} ]; do i=$((i+1)); echo "line $i"; sleep 0.2; done
      async: 10m
      register: built
    - name: Tell
      copy: { dest: /etc/told, content: "{{ built.stdout }}\\n" }
`;

describeLab('a command in the background', () => {
  const fleet = useFleet('async', { n1: { base: 'forky' }, n2: { base: 'edge', vars: { ansible_user: 'root' } } });
  beforeAll(() => fleet.write('play.yaml', playbook));

  test('goes on when sshd is restarted and all its connections are killed, and no line is lost', async () => {
    const run = fleet.start('run', 'play.yaml', '-i', 'hosts.yaml', '-vv', '--output', 'plain');
    await Promise.all(['n1', 'n2'].map((node) => run.seen(new RegExp(`^${node} +\\| line 5$`, 'm'))));
    // These connections go, too.
    await fleet.lab.ssh('n1', 'systemctl restart ssh; pkill -KILL sshd-session', { user: 'root' });
    const connections =
      'for s in /proc/[0-9]*/stat; do read -r p c x pp r <$s; [ $c != "(dropbear)" ] || [ $pp = 1 ] || echo $p; done';
    await fleet.lab.ssh('n2', `kill -9 $(${connections})`, { user: 'root' });
    const { exitCode, stdout } = await run.ended;

    expect(exitCode).toBe(0);
    for (const node of ['n1', 'n2']) {
      expect(stdout).toMatch(new RegExp(`^${node} +warning +.*the command goes on there`, 'm'));
      const shown = [...stdout.matchAll(new RegExp(`^${node} +\\| (line \\d+)$`, 'gm'))].map(([, line]) => line);
      expect(shown).toEqual(lines);
      expect(await fleet.root(node, 'cat /etc/told')).toBe(`${lines.join('\n')}\n`);
    }
  });
});
