import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { sha256Hex } from '../../src/base/digest.ts';
import { isReversible } from '../../src/base/op.ts';
import { find } from '../../src/modules/find.ts';
import { getUrl } from '../../src/modules/get-url.ts';
import { stat } from '../../src/modules/stat.ts';
import { unarchive } from '../../src/modules/unarchive.ts';
import { waitFor } from '../../src/modules/wait-for.ts';
import { moduleCases } from '../helpers/module-cases.ts';
import { performOn, planOn } from '../helpers/real-modules.ts';
import { readTree } from '../helpers/tree.ts';
import { toolboxes, Workbench } from '../helpers/workbench.ts';

let bench: Workbench;
let folder: string;
let local: string;
beforeEach(() => {
  bench = new Workbench();
  ({ folder, local } = bench);
});
afterEach(() => bench.close());

describe.each(toolboxes)('with %s', (toolbox) => {
  test.each(moduleCases)(
    '%s: done once, nothing is left to do; taken back, nothing is left of it',
    async (_title, { module, args }) => {
      const host = bench.open(toolbox);
      const before = readTree(folder);

      const plan = await planOn(host, module, args(folder), local);
      expect(plan.planned.steps).not.toEqual([]);
      expect(await performOn(host, plan)).toBe('done');

      const again = await planOn(host, module, args(folder), local);
      expect(again.planned.steps).toEqual([]);

      if (!plan.planned.steps.every((step) => isReversible(step))) return;
      await host.undo('r1', undefined, {});
      expect(readTree(folder)).toEqual(before);
    },
  );

  test('paths are found by name, type and content', async () => {
    const host = bench.open(toolbox);
    const paths = async (args: object): Promise<unknown> => {
      const { planned } = await planOn(host, find, { paths: folder, ...args });
      const files = planned.result?.['files'];
      return Array.isArray(files) ? files.map((one: { path: string }) => one.path.slice(folder.length + 1)) : files;
    };

    expect(await paths({})).toEqual(['conf']);
    expect(await paths({ recurse: true })).toEqual(['conf', 'tree/one', 'tree/sub/two words']);
    expect(await paths({ recurse: true, depth: 2, patterns: ['o*', 't*'] })).toEqual(['tree/one']);
    expect(await paths({ file_type: 'directory' })).toEqual(['empty', 'tree']);
    expect(await paths({ file_type: 'link', recurse: true })).toEqual(['link', 'tree/link']);
    expect(await paths({ contains: '^a=' })).toEqual(['conf']);
    expect(await paths({ recurse: true, patterns: 't.*words', use_regex: true })).toEqual(['tree/sub/two words']);
    expect(await paths({ recurse: true, size: '2' })).toEqual(['conf']);
    expect(await paths({ recurse: true, size: '-1' })).toEqual(['tree/one', 'tree/sub/two words']);
    expect(await paths({ age: '1d' })).toEqual([]);
    expect(await paths({ age: '-1h' })).toEqual(['conf']);
  });

  test('a path is described as it is', async () => {
    const host = bench.open(toolbox);

    const { planned } = await planOn(host, stat, { path: join(folder, 'conf') });

    expect(planned.result).toMatchObject({ stat: { exists: true, mode: '0640', size: 22, pw_name: 'root' } });
    const device = await planOn(host, stat, { path: '/dev/null' });
    expect(device.planned.result).toMatchObject({ stat: { ischr: true, isblk: false, isreg: false } });
  });

  describe('ports', () => {
    let server: Server;
    let port = 0;
    beforeEach(async () => {
      // Probes hang up without reading.
      server = createServer((socket) => socket.on('error', () => {}).end('hello 1.0\n'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      port = typeof address === 'object' && address !== null ? address.port : 0;
    });
    afterEach(() => void server.close());

    test.each([
      ['started', {}, []],
      ['started', { search_regex: 'hello [0-9]' }, []],
      ['drained', {}, []],
      ['stopped', {}, ['wait until port PORT is closed']],
      ['started', { search_regex: 'bye' }, ['wait until port PORT says bye']],
    ] as const)('an open port, wanted %s with %j', async (state, more, says) => {
      const { planned } = await planOn(bench.open(toolbox), waitFor, { port, state, connect_timeout: 2, ...more });

      expect(planned.steps.map(({ say }) => say.replace(String(port), 'PORT'))).toEqual(says);
    });

    test('a closed port is waited for, and told when it takes too long', async () => {
      const host = bench.open(toolbox);
      server.close();

      const plan = await planOn(host, waitFor, { port, timeout: 1, connect_timeout: 1 });

      expect(await performOn(host, plan)).toContain(`failed: not within 1 s: port ${port} is open`);
      expect((await planOn(host, waitFor, { port, state: 'stopped' })).planned.steps).toEqual([]);
    });
  });

  test('what a file says is waited for', async () => {
    const host = bench.open(toolbox);
    const path = join(folder, 'conf');

    expect((await planOn(host, waitFor, { path, search_regex: '^a=[0-9]$' })).planned.steps).toEqual([]);
    expect((await planOn(host, waitFor, { path, search_regex: '^z' })).planned.steps).toHaveLength(1);
    expect((await planOn(host, waitFor, { path, state: 'absent' })).planned.steps).toHaveLength(1);
    expect((await planOn(host, waitFor, { path: `${path}.x`, state: 'absent' })).planned.steps).toEqual([]);
  });

  test('a wrong sum keeps the old file', async () => {
    const host = bench.open(toolbox);
    const before = readTree(folder);
    const args = { url: `file://${folder}/tree/one`, dest: join(folder, 'conf'), checksum: `sha256:${'0'.repeat(64)}` };

    const done = await performOn(host, await planOn(host, getUrl, args));

    expect(done).toContain(`the checksum is ${sha256Hex('1')}, expected ${'0'.repeat(64)}`);
    expect(readTree(folder)).toEqual(before);
  });

  test('an archive that changes is unpacked again, over what is there', async () => {
    const host = bench.open(toolbox);
    const args = { src: 'pack.tar.gz', dest: join(folder, 'empty') };
    await performOn(host, await planOn(host, unarchive, args, local));
    writeFileSync(join(local, 'pack/read me'), 'changed\n');
    execFileSync('tar', ['-czf', join(local, 'pack.tar.gz'), '-C', join(local, 'pack'), '.']);

    expect(await performOn(host, await planOn(host, unarchive, args, local), 'r2')).toBe('done');

    expect(readTree(join(folder, 'empty'))).toMatchObject({
      'bin/tool': expect.stringContaining('file 755'),
      'read me': expect.stringContaining(Buffer.from('changed\n').toString('base64')),
    });
    rmSync(join(folder, 'empty/bin/tool'));
    expect((await planOn(host, unarchive, args, local)).planned.steps).toHaveLength(2);
  });
});
