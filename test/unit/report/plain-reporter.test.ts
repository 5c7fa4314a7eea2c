import { expect, test } from 'vitest';

import { PlainReporter } from '../../../src/report/plain-reporter.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { recordedPlan, recordedRun } from '../../helpers/recorded-run.ts';

function print(events: typeof recordedRun, verbosity: number, diff = false): string {
  const lines: string[] = [];
  const reporter = new PlainReporter((line) => lines.push(line), { style: makeStyle(false), verbosity, diff });
  for (const event of events) reporter.onEvent(event);
  return lines.join('\n');
}

test('a run is a line for each change and all about each failure', () => {
  expect(print(recordedRun, 0)).toMatchInlineSnapshot(`
    "run 20261122-103012-4f2a  site.yaml  4 hosts
    play Sysbox on K3s  n1..n4 (4 hosts)
    wave 1/2  n1, n2
    n1    changed           1.2s  Write the config
    n2    changed           1.2s  Write the config
    wave 2/2  n3, n4
    n3    changed           1.2s  Write the config
    n3    failed            1m5s  Start K3s
        at       site.yaml:17:7
        error    start k3s exited with 127
        meaning  command not found
        command  systemctl start k3s
        output   sh: systemctl: not found
                 second line
        hint     Look at \`journalctl -u k3s\`.
    n3    taking back             2 steps
    n3    undone                  stop k3s
    n3    undone                  restore /etc/x
    n3    rolled-back             2 steps taken back
    n4    unreachable
        error    no route to host
        hint     Is it switched on?
    warning  variable \`x\` is never used
        hint     Remove it.
    recap
    n1, n2  ok               ok=2   changed=1   skipped=1   failed=0   undone=0
    n3      rolled-back      ok=2   changed=1   skipped=1   failed=1   undone=2
    n4      unreachable      ok=0   changed=0   skipped=0   failed=0   undone=0
    4 hosts: 2 ok, 1 rolled-back, 1 unreachable; 3 tasks changed; 2 steps taken back; 2m2s
    run 20261122-103012-4f2a: a task failed on a host (exit code 5)"
  `);
});

test('with --diff each change shows what it changed', () => {
  expect(print(recordedRun, 0, true)).toContain(
    '    --- /etc/x\n    +++ /etc/x\n    @@ -1,1 +1,1 @@\n    -a\n    +b\n',
  );
});

test('with -v there is also what was fine, and output by the line', () => {
  expect(print(recordedRun, 1)).toMatchInlineSnapshot(`
    "run 20261122-103012-4f2a  site.yaml  4 hosts
    play Sysbox on K3s  n1..n4 (4 hosts)
    wave 1/2  n1, n2
    n1    connected         84ms
    n1    ok               310ms  Install packages
    n1    changed           1.2s  Write the config
    n1    skipped            0ms  Only on Debian
    n2    connected         84ms
    n2    ok               310ms  Install packages
    n2    changed           1.2s  Write the config
    n2    skipped            0ms  Only on Debian
    wave 2/2  n3, n4
    n3    connected         84ms
    n3    ok               310ms  Install packages
    n3    changed           1.2s  Write the config
    n3    skipped            0ms  Only on Debian
    n3    | Job for k3s failed
    n3    try 2/3                 Start K3s: not active
    n3    | no newline
    n3    failed            1m5s  Start K3s
        at       site.yaml:17:7
        error    start k3s exited with 127
        meaning  command not found
        command  systemctl start k3s
        output   sh: systemctl: not found
                 second line
        hint     Look at \`journalctl -u k3s\`.
    n3    taking back             2 steps
    n3    undone                  stop k3s
    n3    undone                  restore /etc/x
    n3    rolled-back             2 steps taken back
    n4    unreachable
        error    no route to host
        hint     Is it switched on?
    warning  variable \`x\` is never used
        hint     Remove it.
    recap
    n1, n2  ok               ok=2   changed=1   skipped=1   failed=0   undone=0
    n3      rolled-back      ok=2   changed=1   skipped=1   failed=1   undone=2
    n4      unreachable      ok=0   changed=0   skipped=0   failed=0   undone=0
    4 hosts: 2 ok, 1 rolled-back, 1 unreachable; 3 tasks changed; 2 steps taken back; 2m2s
    run 20261122-103012-4f2a: a task failed on a host (exit code 5)"
  `);
});

test('with -vv there are also steps and round trips', () => {
  const text = print(recordedRun, 2);

  expect(text).toContain('n3    step                    start k3s');
  expect(text).toContain('n3    ended                   4 round trips');
  expect(text).toContain('failed=0   undone=0   2 round trips');
});

test('a dry run says what would change', () => {
  expect(print(recordedPlan, 0)).toMatchInlineSnapshot(`
    "run r  plan  site.yaml  5 hosts
    n1    would change            Write the config
    n1    would change            Restart the machine
    n1    unknown                 Join the cluster: known after apply: depends on \`token.stdout\`
    n2    would change            Write the config
    n2    would change            Restart the machine
    n2    unknown                 Join the cluster: known after apply: depends on \`token.stdout\`
    n3    would change            Write the config
    n3    would change            Restart the machine
    n3    unknown                 Join the cluster: known after apply: depends on \`token.stdout\`
    n5    unreachable
        error    no route to host
    recap
    0 hosts; 0 tasks would change
    run r: a host could not be reached or refused us (exit code 4)"
  `);
});

test('no escape sequence of a host reaches the terminal', () => {
  expect(print(recordedRun, 2, true)).not.toMatch(/\p{Cc}(?<!\n)/u);
});

test('--check says what would change', () => {
  const [, ...rest] = recordedRun.filter(({ type }) => !/^(rollback|undo)-/.test(type));
  const started = { type: 'run-started', run: 'r', mode: 'check', title: 'x', hosts: ['n1'] } as const;

  expect(print([started, ...rest], 0)).toContain('n1    would change      1.2s  Write the config\n');
  expect(print([started, ...rest], 0)).toContain('; 3 tasks would change');
});

test('--check also says, without -v, what it cannot know', () => {
  const started = { type: 'run-started', run: 'r', mode: 'check', title: 'x', hosts: ['n1'] } as const;
  const ended = { type: 'task-ended', host: 'n1', task: 'A file', id: 'a', module: 'copy', elapsedMs: 0 } as const;
  const unknown = { ...ended, status: 'skipped', unknown: true, message: 'it depends on found' } as const;

  expect(print([started, unknown], 0)).toMatch(/^n1 +unknown .*A file: known after apply: it depends on found$/m);
});
