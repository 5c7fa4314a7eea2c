import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { TreeReporter } from '../../../src/report/tree-reporter.ts';
import { FakeTerminal } from '../../helpers/fake-terminal.ts';
import { on, recordedPlan, recordedRun } from '../../helpers/recorded-run.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function tree(terminal: FakeTerminal, { verbosity = 0, diff = false, colour = false } = {}): TreeReporter {
  return new TreeReporter(terminal, { style: makeStyle(colour), verbosity, diff });
}

function feed(reporter: TreeReporter, events: readonly RunEvent[]): void {
  for (const event of events) {
    reporter.onEvent(event);
    vi.advanceTimersByTime(1000);
  }
}

describe('a run on a terminal', () => {
  test('shows below what every host is doing, and above what happened', () => {
    const terminal = new FakeTerminal();
    const reporter = tree(terminal);

    feed(reporter, recordedRun.slice(0, recordedRun.findIndex(({ type }) => type === 'task-retried') + 1));

    expect(terminal.cursorVisible).toBe(false);
    expect(terminal.screen).toMatchInlineSnapshot(`
      "run 20261122-103012-4f2a  site.yaml  4 hosts
      play Sysbox on K3s  n1..n4 (4 hosts)
      wave 1/2  n1, n2
      changed           1.2s  Write the config  [n1, n2]
      wave 2/2  n3, n4
      4 hosts: 2 done, 2 working  33s
      Sysbox on K3s  wave 2/2
        n3      5s  Start K3s  try 2 of 3: not active
        n4     14s  connecting"
    `);
  });

  test('leaves what happened, once for all hosts alike, and the recap', async () => {
    const terminal = new FakeTerminal();
    const reporter = tree(terminal);

    feed(reporter, recordedRun);
    await reporter.close();

    expect(terminal.cursorVisible).toBe(true);
    expect(terminal.listeners).toBe(0);
    expect(terminal.screen).toMatchInlineSnapshot(`
      "run 20261122-103012-4f2a  site.yaml  4 hosts
      play Sysbox on K3s  n1..n4 (4 hosts)
      wave 1/2  n1, n2
      changed           1.2s  Write the config  [n1, n2]
      wave 2/2  n3, n4
      failed            1m5s  Start K3s  [n3]
          at       site.yaml:17:7
          error    start k3s exited with 127
          meaning  command not found
          command  systemctl start k3s
          output   sh: systemctl: not found
                   second line
          hint     Look at \`journalctl -u k3s\`.
      n3    rolled-back             2 steps taken back
      changed           1.2s  Write the config  [n3]
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

  test('a dry run groups hosts that would change alike', async () => {
    const terminal = new FakeTerminal(100);
    const reporter = tree(terminal);

    feed(reporter, recordedPlan);
    await reporter.close();

    expect(terminal.screen).toContain('would change            Write the config  [n1..n3 (3 hosts)]');
  });

  test('gives the cursor back when it is stopped in the middle', () => {
    const terminal = new FakeTerminal();
    const reporter = tree(terminal);
    feed(reporter, recordedRun.slice(0, 9));

    reporter.restore();
    reporter.restore();

    expect(terminal.cursorVisible).toBe(true);
    expect(terminal.screen).not.toContain('working');
  });
});

const hosts = Array.from({ length: 200 }, (_, i) => `n${i + 1}`);
const begin: RunEvent[] = [
  { type: 'run-started', run: 'r', mode: 'run', title: 'x', hosts },
  { type: 'play-started', play: 'p', hosts },
  { type: 'wave-started', play: 'p', wave: 1, waves: 1, hosts },
];

describe('a large fleet', () => {
  test('is shown by what the hosts do', () => {
    const terminal = new FakeTerminal();
    const reporter = tree(terminal);

    feed(reporter, begin);
    for (const host of hosts.slice(0, 150)) reporter.onEvent({ type: 'task-started', ...on(host, 'a', 'Install') });
    vi.advanceTimersByTime(34_000);
    for (const host of hosts.slice(0, 3)) reporter.onEvent({ type: 'task-started', ...on(host, 'b', 'Restart') });
    vi.advanceTimersByTime(1000);

    expect(terminal.screen).toMatchInlineSnapshot(`
      "run r  x  200 hosts
      play p  n1..n200 (200 hosts)
      200 hosts: 200 working  38s
      p
          147  Install  n4..n150 (147 hosts), n4 for 35s
           50  connecting  n151..n200 (50 hosts), n151 for 36s
            3  Restart  n1..n3 (3 hosts), n1 for 1s"
    `);
  });

  test('costs ten frames a second, however much happens', () => {
    const terminal = new FakeTerminal();
    const reporter = tree(terminal);
    feed(reporter, begin);
    const before = terminal.writes;

    for (let i = 0; i < 5000; i++) {
      reporter.onEvent({
        type: 'task-output',
        ...on(hosts[i % 200] ?? '', 'a'),
        stream: 'stdout',
        text: `line ${i}\n`,
      });
      if (i % 500 === 0) vi.advanceTimersByTime(100);
    }

    expect(terminal.writes - before).toBeLessThanOrEqual(11);
  });

  test('a failure that many hosts share is explained once', async () => {
    const terminal = new FakeTerminal(100);
    const reporter = tree(terminal);
    const error = { code: 'task-failed', message: 'no space left', output: 'df: full' } as const;

    feed(reporter, begin);
    for (const host of hosts) {
      reporter.onEvent({
        type: 'task-ended',
        ...on(host, 'a', 'Copy'),
        module: 'copy',
        status: 'failed',
        elapsedMs: 9,
        error,
      });
    }
    await reporter.close();

    expect(terminal.lines.filter((line) => line.includes('df: full'))).toHaveLength(1);
    expect(terminal.screen).toContain('Copy  [n2..n200 (199 hosts), as on n1]');
  });
});

describe('the window', () => {
  test.each([
    [20, 6],
    [5, 3],
    [300, 100],
  ])('of %d x %d is never overflowed', (columns, rows) => {
    const terminal = new FakeTerminal(columns, rows);
    const reporter = tree(terminal);

    feed(reporter, begin);
    for (const host of hosts.slice(0, 20)) {
      reporter.onEvent({ type: 'task-started', ...on(host, 'a', '日本語のタスク 😀') });
    }
    vi.advanceTimersByTime(1000);

    expect(terminal.screen.split('\n').length - 2).toBeLessThan(Math.max(rows, 2));
  });

  test('may get narrower in the middle, and nothing is left behind', () => {
    const terminal = new FakeTerminal(100, 24);
    const reporter = tree(terminal);
    feed(reporter, recordedRun.slice(0, 9));

    terminal.resize(30, 24);
    vi.advanceTimersByTime(1000);

    expect(terminal.screen.match(/hosts:/g)).toHaveLength(1);
  });
});
