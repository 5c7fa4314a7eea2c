import { execFileSync } from 'node:child_process';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { JunitReporter } from '../../../src/report/junit-reporter.ts';
import { on, recordedRun } from '../../helpers/recorded-run.ts';

async function xml(events: readonly RunEvent[]): Promise<string> {
  const lines: string[] = [];
  const reporter = new JunitReporter((line) => lines.push(line));
  for (const event of events) reporter.onEvent(event);
  await reporter.close();
  return lines.join('\n');
}

test('a suite for each host, a case for each task', async () => {
  expect(await xml(recordedRun)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="site.yaml">
      <testsuite name="n1" tests="3" failures="0" errors="0" skipped="1" time="1.544">
        <testcase name="Install packages" classname="n1" time="0.310" file="site.yaml" line="15"/>
        <testcase name="Write the config" classname="n1" time="1.234" file="site.yaml" line="16"/>
        <testcase name="Only on Debian" classname="n1" time="0.000" file="site.yaml" line="16"><skipped/></testcase>
      </testsuite>
      <testsuite name="n2" tests="3" failures="0" errors="0" skipped="1" time="1.544">
        <testcase name="Install packages" classname="n2" time="0.310" file="site.yaml" line="15"/>
        <testcase name="Write the config" classname="n2" time="1.234" file="site.yaml" line="16"/>
        <testcase name="Only on Debian" classname="n2" time="0.000" file="site.yaml" line="16"><skipped/></testcase>
      </testsuite>
      <testsuite name="n3" tests="4" failures="1" errors="0" skipped="1" time="66.544">
        <testcase name="Install packages" classname="n3" time="0.310" file="site.yaml" line="15"/>
        <testcase name="Write the config" classname="n3" time="1.234" file="site.yaml" line="16"/>
        <testcase name="Only on Debian" classname="n3" time="0.000" file="site.yaml" line="16"><skipped/></testcase>
        <testcase name="Start K3s" classname="n3" time="65.000" file="site.yaml" line="17"><failure type="task-failed" message="start k3s exited with 127">$ systemctl start k3s&#10;sh: systemctl: not found&#10;second line&#10;&#10;hint: Look at \`journalctl -u k3s\`.</failure></testcase>
      </testsuite>
      <testsuite name="n4" tests="1" failures="0" errors="1" skipped="0" time="0.000">
        <testcase name="connect" classname="n4" time="0"><error type="unreachable" message="no route to host">hint: Is it switched on?</error></testcase>
      </testsuite>
    </testsuites>"
  `);
});

test('an undo that failed is a failure', async () => {
  const text = await xml([
    { type: 'run-started', run: 'r', mode: 'run', title: 't', hosts: ['n1'] },
    { type: 'undo-done', host: 'n1', step: '1', say: 'restore /x', error: { code: 'rollback-failed', message: 'no' } },
    { type: 'run-finished', run: 'r', exitCode: 6, hosts: {} },
  ]);

  expect(text).toContain('<testsuite name="n1" tests="1" failures="1" errors="0" skipped="0" time="0.000">');
  expect(text).toContain('<testcase name="take back: restore /x" classname="n1" time="0">');
});

test('what was done again after an interruption counts as it ended at last, and a rollback makes no second document', async () => {
  const ended = { type: 'task-ended', ...on('n1', 'a', 'Boot'), module: 'reboot', elapsedMs: 1 } as const;
  const text = await xml([
    { type: 'run-started', run: 'r', mode: 'run', title: 't', hosts: ['n1'] },
    { ...ended, status: 'failed', error: { code: 'task-failed', message: 'no' } },
    { type: 'run-finished', run: 'r', exitCode: 5, hosts: {} },
    { type: 'run-started', run: 'r', mode: 'run', title: 't', hosts: ['n1'], resumed: true },
    { ...ended, status: 'changed' },
    { type: 'run-finished', run: 'r', exitCode: 0, hosts: {} },
    { type: 'run-started', run: 'r', mode: 'rollback', title: 'rollback of r', hosts: ['n1'] },
    { type: 'run-finished', run: 'r', exitCode: 0, hosts: {} },
  ]);

  expect(text).toContain('<testsuite name="n1" tests="1" failures="0" errors="0" skipped="0" time="0.001">');
  expect(text.match(/<\?xml/g)).toHaveLength(1);
});

test('a run that never came to its end is an error', async () => {
  expect(await xml([{ type: 'run-started', run: 'r', mode: 'run', title: 't', hosts: [] }])).toContain(
    '<testcase name="run" classname="k3sbox" time="0"><error type="interrupted" message="the run never came to its end">',
  );
});

test('whatever a host prints, the document stays well formed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (output) => {
      const text = await xml([
        { type: 'run-started', run: 'r', mode: 'run', title: output, hosts: ['n1'] },
        {
          type: 'task-ended',
          host: 'n1',
          task: output,
          id: 'a',
          module: 'command',
          status: 'failed',
          elapsedMs: 1,
          error: { code: 'task-failed', message: output, output },
        },
        { type: 'run-finished', run: 'r', exitCode: 5, hosts: {} },
      ]);

      // XML 1.0, production 2: the characters a document may hold.
      expect(text).toMatch(/^[\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
      expect(text.match(/<[/?]?\w/g)).toHaveLength(9);
    }),
  );
});

test.skipIf(!hasPython())('an XML parser reads it (needs python3)', async () => {
  const parse =
    'import sys, xml.etree.ElementTree as e; print(len(e.parse(sys.stdin).getroot().findall(".//testcase")))';

  expect(execFileSync('python3', ['-c', parse], { input: await xml(recordedRun), encoding: 'utf8' })).toBe('11\n');
});

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import xml.etree.ElementTree']);
    return true;
  } catch {
    return false;
  }
}
