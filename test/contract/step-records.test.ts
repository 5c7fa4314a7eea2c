/*
 * Proves what a host writes down of its steps, and how a run that is resumed reads it: results are adopted with all that was
 * printed, a batch that lost its controller is waited for, what was cut off says so, what was taken back is gone.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Step } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import type { ActGroup } from '../../src/host/act-group.ts';
import { hostWithTree, shells } from '../helpers/host-tree.ts';

const run = 'r1';

function recorded(...commands: readonly string[]): ActGroup[] {
  const steps = commands.map((text, i) => {
    const step: Step = { say: `step ${i}`, do: { kind: 'exec', command: sh.raw(text), okExitCodes: 'any' } };
    return { id: `0001.${i}`, step, record: true } as const;
  });
  return [{ id: '0001', guard: undefined, steps }];
}

describe.each(shells)('in %s', (_name, shell) => {
  test('what a command printed and how it ended is kept, whatever it printed', async () => {
    const { host } = hostWithTree(shell);
    const commands = [`printf 'out;\\001 no newline';echo err >&2`, 'exit 7', 'cat /dev/null'];
    const { results } = await host.act(recorded(...commands), undefined, { run });

    const records = await host.records(run, undefined, {});

    expect(records).toEqual([
      { step: '0001.0', begun: true, exitCode: 0, stdout: 'out;\u0001 no newline', stderr: 'err\n' },
      { step: '0001.1', begun: true, exitCode: 7, stdout: '', stderr: '' },
      { step: '0001.2', begun: true, exitCode: 0, stdout: '', stderr: '' },
    ]);
    expect(results.map(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }))).toEqual(
      records.map(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr })),
    );
  });

  test('a daemon that keeps its output open holds nothing up', async () => {
    const { host, folder } = hostWithTree(shell);
    const { results } = await host.act(
      recorded(`echo up;(until [ -e ${folder}/stop ];do sleep 0.1;done) &`, 'echo next'),
      undefined,
      { run },
    );
    writeFileSync(join(folder, 'stop'), '');

    expect(results.map(({ stdout }) => stdout)).toEqual(['up\n', 'next\n']);
    expect(results[0]?.elapsedMs).toBeLessThan(10_000);
  });

  test('output without end does not fill the disk, and all of it comes through', async () => {
    const { host, state } = hostWithTree(shell);
    let bytes = 0;
    await host.act(recorded('dd if=/dev/zero bs=65536 count=80 2>/dev/null; echo end'), undefined, {
      run,
      onOutput: (_step, _stream, data) => void (bytes += data.length),
    });

    expect(bytes).toBe(80 * 65536 + 4);
    expect(statSync(join(state, 'runs', run, '0001.0.out')).size).toBeLessThanOrEqual(2 << 20);
  });

  test('what was taken back is not done any more', async () => {
    const { host } = hostWithTree(shell);
    await host.act(recorded('echo a'), undefined, { run });
    await host.undo(run, undefined, {});

    expect(await host.records(run, undefined, {})).toEqual([]);
  });
});

test('a batch that lost its controller is waited for, and its results are adopted', async () => {
  const orphan = hostWithTree();
  const resumed = hostWithTree(undefined, { state: orphan.state });
  const gate = join(orphan.folder, 'go');
  const acting = orphan.host.act(
    recorded(`echo begun;until [ -e ${gate} ];do sleep 0.05;done;echo done`, 'echo last'),
    undefined,
    { run },
  );
  await expect.poll(() => existsSync(join(orphan.state, 'runs', run, '0001.0.begun'))).toBe(true);

  const records = await resumed.host.records(run, undefined, { onWait: () => writeFileSync(gate, '') });

  expect(records).toEqual([
    { step: '0001.0', begun: true, exitCode: 0, stdout: 'begun\ndone\n', stderr: '' },
    { step: '0001.1', begun: true, exitCode: 0, stdout: 'last\n', stderr: '' },
  ]);
  await acting;
});

test('a step that was cut off has no exit code', async () => {
  const { host, folder } = hostWithTree();
  const stop = new AbortController();
  const gate = `touch ${folder}/begun;sleep 60`;
  const acting = host.act(recorded('echo a', gate), undefined, { run, signal: stop.signal });
  await expect.poll(() => existsSync(join(folder, 'begun'))).toBe(true);
  stop.abort(new Error('stop'));
  await expect(acting).rejects.toThrow('stop');

  expect(await host.records(run, undefined, {})).toMatchObject([
    { step: '0001.0', begun: true, exitCode: 0, stdout: 'a\n' },
    { step: '0001.1', begun: true, exitCode: undefined },
  ]);
});
