/*
 * Proves on real nodes what becomes of a run that is interrupted: by Ctrl-C, once or twice; by kill -9 at any point; by a second
 * controller; by a power cut, a pulled cable, a host that hangs. Nothing is half-written, nothing goes on running, whoever comes
 * next is told whose run it is and how to go on, and `rollback --last` leaves no trace.
 */
import { beforeAll, describe, expect, test } from 'vitest';

import type { RunningCli } from '../helpers/built-cli.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { useFleet } from './use-fleet.ts';

const names = ['n1', 'n2', 'n3', 'n4'] as const;
const light = { base: 'forky', light: true };

const large = 'a line of a large file\n'.repeat(10_000);

/** What stands on a node at any time, with its size. */
const wholeFiles = new Set(['', 'before 7', `large ${large.length}`, 'after 6', 'hosts 33', 'hosts 48']);

/** Two files, one of them large, between them a step that only a signal ends, and children that do not mind some. */
const playbook = `
- name: Slow
  hosts: all
  become: true
  tasks:
    - name: Before
      copy: { dest: /etc/before, content: "before\\n" }
      tags: quick
    - name: Large
      copy: { src: large.txt, dest: /etc/large, mode: "0600" }
    - name: A line
      lineinfile: { path: /etc/hosts, line: "192.0.2.1 slow" }
    - name: Slow
      shell: |
        trap '' HUP
        (trap '' HUP TERM; exec sleep 4321) &
        echo half >/etc/slow
        echo begun
        exec sleep 4321
      undo: rm -f /etc/slow
    - name: After
      copy: { dest: /etc/after, content: "after\\n" }
`;

describeLab('a run that is interrupted', () => {
  const fleet = useFleet('interrupted', Object.fromEntries(names.map((name) => [name, light])));
  const { k3sbox, lab } = fleet;
  let before: readonly string[];
  const lookAt = (...nodes: readonly string[]) => Promise.all(nodes.map((node) => fleet.look(node)));

  beforeAll(async () => {
    fleet.write('play.yaml', playbook);
    fleet.write('large.txt', large);
    before = await lookAt(...names);
  });

  /** A run of which every node is in the middle of the slow step. */
  async function startSlowly(...nodes: readonly string[]): Promise<RunningCli> {
    const run = fleet.start('run', 'play.yaml', '-i', 'hosts.yaml', '--limit', nodes.join(','), '-v');
    await Promise.all(nodes.map((node) => run.seen(new RegExp(`^${node} +\\| begun$`, 'm'))));
    return run;
  }

  /** Nothing of a step or of ours runs there any more, within a few seconds. */
  async function isQuiet(node: string): Promise<boolean> {
    const deadline = performance.now() + 15_000;
    const running = "ps -eo args | grep -c '[s]leep 4321\\|[k]3sbox' || :";
    for (;;) {
      if ((await fleet.root(node, running)) === '0\n') return true;
      if (performance.now() > deadline) return false;
    }
  }

  test('by Ctrl-C ends what runs, takes the host back and frees it', async () => {
    const run = await startSlowly('n1');

    run.child.kill('SIGINT');
    const { exitCode, stdout } = await run.ended;

    expect(exitCode).toBe(130);
    expect(stdout).toContain('warning  stopping: what runs is ended, and hosts that are not through are taken back');
    expect(stdout).toMatch(/^n1 +rolled-back +4 steps taken back$/m);
    expect(await isQuiet('n1')).toBe(true);
    expect(await lookAt('n1')).toEqual([before[0]]);
    expect(await fleet.root('n1', 'ls /var/lib/k3sbox')).not.toContain('lock\n');
  });

  test('by a second Ctrl-C lets go at once and says how to go on', async () => {
    const run = await startSlowly('n1');

    run.child.kill('SIGINT');
    await run.seen(/stopping/);
    run.child.kill('SIGINT');
    const { exitCode, stderr } = await run.ended;

    expect(exitCode).toBe(130);
    expect(stderr).toMatch(
      /^let go of run \S+; go on with: k3sbox resume \S+; take it back with: k3sbox rollback \S+$/m,
    );
    expect(await isQuiet('n1')).toBe(true);
    expect(await k3sbox('rollback', '--last')).toMatchObject({ exitCode: 0 });
    expect(await lookAt('n1')).toEqual([before[0]]);
  });

  describe('by kill -9', () => {
    test('in the middle of a step: the next one is told, and a rollback takes it back', async () => {
      const run = await startSlowly('n1', 'n2');
      const meanwhile = await k3sbox('run', 'play.yaml', '--limit', 'n1');

      run.child.kill('SIGKILL');
      await run.ended;

      expect(meanwhile.exitCode).toBe(7);
      expect(told(meanwhile.stdout)).toMatchInlineSnapshot(`
        "
        n1    failed
            error    n1 takes part in another run: USER@CONTROLLER (pid N), run RUN since TIME
            hint     Wait until that run has ended. If it was killed, go on with \`k3sbox resume RUN\`, or take it back with \`k3sbox rollback RUN\`."
      `);
      expect(await Promise.all([isQuiet('n1'), isQuiet('n2')])).toEqual([true, true]);
      expect(await fleet.root('n1', 'ls /etc/before /etc/large /etc/slow /etc/hosts')).not.toContain('k3sbox');

      await fleet.root('n1', 'touch -d "2 minutes ago" /var/lib/k3sbox/lock/beat');
      const later = await k3sbox('run', 'play.yaml', '--limit', 'n1');
      expect(later.exitCode).toBe(7);
      expect(told(later.stdout)).toMatchInlineSnapshot(`
        "
        n1    failed
            error    n1 is locked by a run that has stopped N s ago: USER@CONTROLLER (pid N), run RUN since TIME
            hint     Go on with \`k3sbox resume RUN\`, take it back with \`k3sbox rollback RUN\`, or leave its changes and free the host with \`k3sbox unlock n1 -i INVENTORY --become-user root\`."
      `);

      expect(await k3sbox('rollback', '--last')).toMatchObject({ exitCode: 0 });
      expect(await lookAt('n1', 'n2')).toEqual(before.slice(0, 2));
    });

    test.each([
      ['journalled', /^n1 +step +write .etc.after/m],
      ['writing', /^n1 +started +Before/m],
      ['between two files', /^n1 +started +Large/m],
    ])('when it is %s: files are old or new, and a rollback takes everything back', async (_when, point) => {
      const run = fleet.start('run', 'play.yaml', '-i', 'hosts.yaml', '--limit', 'n1', '-vv');
      await run.seen(point);
      run.child.kill('SIGKILL');
      await run.ended;

      expect(await isQuiet('n1')).toBe(true);
      const sizes = await fleet.root(
        'n1',
        `cd /etc && find before large after hosts ! -size 0 -exec stat -c '%n %s' {} + 2>/dev/null; :`,
      );
      expect(sizes.split('\n').filter((line) => !wholeFiles.has(line))).toEqual([]);
      expect(await k3sbox('rollback', '--last')).toMatchObject({ exitCode: 0 });
      expect(await lookAt('n1')).toEqual([before[0]]);
    });
  });

  test('by trouble ends in time, says what to do, and goes back when the nodes are there again', async () => {
    const run = await startSlowly('n1', 'n2', 'n3');
    const since = performance.now();
    await Promise.all([lab.kill('n1'), lab.link('n2', 'down'), lab.freeze('n3')]);

    const { exitCode, stdout } = await run.ended;

    expect(exitCode).toBe(6);
    expect(performance.now() - since).toBeLessThan(90_000);
    const id = /^run (\S+)/.exec(stdout)?.[1] ?? '';
    for (const node of ['n1', 'n2', 'n3']) {
      expect(stdout).toMatch(new RegExp(`^${node} +unreachable +\\S+ +Slow$`, 'm'));
      expect(stdout).toContain(`Try again with \`k3sbox rollback ${id} --limit ${node}\``);
    }
    expect(stdout).toContain('connection lost: the host does not answer any more; how far this came is not known');

    const off = await k3sbox('run', 'play.yaml', '--limit', 'n1,n4', '--tags', 'quick', '-e', 'ansible_timeout=2');
    expect(off.exitCode).toBe(4);
    expect(off.stdout).toMatch(/^n1 +unreachable\n +error +(there is no route to|no answer from) \S+:22/m);
    expect(off.stdout).toMatch(/^n4 +changed +\S+ +Before$/m);

    await Promise.all([lab.start('n1'), lab.link('n2', 'up'), lab.thaw('n3')]);
    expect((await k3sbox('rollback', id)).exitCode).toBe(0);
    expect(await Promise.all(['n1', 'n2', 'n3'].map((node) => isQuiet(node)))).toEqual([true, true, true]);
    expect(await lookAt('n1', 'n2', 'n3')).toEqual(before.slice(0, 3));
  }, 300_000);
});

/** What the second one is told, without what differs from run to run. */
function told(stdout: string): string {
  return stdout
    .slice(stdout.indexOf('\nn'), stdout.indexOf('\nrecap'))
    .replaceAll(/\d{8}-\d{6}-[0-9a-f]{4}/g, 'RUN')
    .replaceAll(/\S+@\S+ \(pid \d+\)/g, 'USER@CONTROLLER (pid N)')
    .replaceAll(/\d{4}-\d\d-\S+Z/g, 'TIME')
    .replaceAll(/\d+ s ago/g, 'N s ago');
}
