import { expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { PlanJsonReporter, PlanReporter } from '../../../src/report/plan-report.ts';
import type { Reporter } from '../../../src/report/reporter.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { recordedPlan } from '../../helpers/recorded-run.ts';

function print(make: (write: (line: string) => void) => Reporter, events: readonly RunEvent[] = recordedPlan): string {
  const lines: string[] = [];
  const reporter = make((line) => lines.push(line));
  for (const event of events) reporter.onEvent(event);
  return lines.join('\n');
}

test('a plan is shown once for all hosts that have the same', () => {
  expect(print((write) => new PlanReporter(write, { style: makeStyle(false), verbosity: 0 }))).toMatchInlineSnapshot(`
    "n1
      change   Write the config  (copy)  site.yaml:16:7
        write /etc/x
          --- /etc/x
          +++ /etc/x
          @@ -1,1 +1,1 @@
          -a
          +b
      change   Restart the machine  (reboot)  site.yaml:16:7
        restart the machine  (not reversible)
      unknown  Join the cluster  (command)  site.yaml:16:7
        known after apply: depends on \`token.stdout\`
    n2, n3  same as n1
    n4  nothing to change
    n5
        error    no route to host
    plan  5 hosts: 6 changes, 3 known after apply, 4 as wanted, 1 skipped; 3 steps cannot be taken back; 1 host without a whole plan
      not reversible  restart the machine  (Restart the machine)  n1..n3 (3 hosts)"
  `);
});

test('with -v tasks with nothing to do are listed, too', () => {
  const text = print((write) => new PlanReporter(write, { style: makeStyle(false), verbosity: 1 }));

  expect(text).toContain('n4\n  ok       Install packages  (apt)  site.yaml:15:7\n  skip     Only on Debian  (apt)');
});

test('as JSON it is one document', () => {
  const document: unknown = JSON.parse(print((write) => new PlanJsonReporter(write)));

  expect(document).toMatchObject({
    hosts: {
      n1: {
        tasks: [
          { name: 'Install packages', module: 'apt', action: 'none', reversible: true, steps: [] },
          {
            name: 'Write the config',
            module: 'copy',
            action: 'change',
            reversible: true,
            steps: [{ say: 'write /etc/x', diff: '--- /etc/x\n+++ /etc/x\n@@ -1,1 +1,1 @@\n-a\n+b' }],
          },
          { action: 'change', reversible: false, steps: [{ say: 'restart the machine' }] },
          { action: 'unknown', steps: [], note: 'depends on `token.stdout`' },
        ],
      },
      n4: { tasks: [{ action: 'none' }, { action: 'skip' }] },
      n5: { tasks: [], error: { code: 'unreachable', message: 'no route to host' } },
    },
    irreversible: [{ task: 'Restart the machine', say: 'restart the machine', hosts: ['n1', 'n2', 'n3'] }],
  });
});

test('nasty text of a host stays text', () => {
  const nasty = '\u001b[2Jx\u009b31m\u202ey';
  const events: RunEvent[] = [
    { type: 'run-started', run: 'r', mode: 'plan', title: 't', hosts: ['n1'] },
    {
      type: 'task-planned',
      host: 'n1',
      task: nasty,
      id: 'a',
      module: 'copy',
      action: 'change',
      note: nasty,
      steps: [{ say: nasty, reversible: true, diff: { of: nasty, before: '', after: `${nasty}\n` } }],
    },
    { type: 'run-finished', run: 'r', exitCode: 0, hosts: {} },
  ];

  for (const make of [
    (write: (line: string) => void) => new PlanReporter(write, { style: makeStyle(false), verbosity: 0 }),
    (write: (line: string) => void) => new PlanJsonReporter(write),
  ]) {
    expect(print(make, events)).not.toMatch(/\p{Cc}(?<!\n)|\u202e/u);
  }
});
