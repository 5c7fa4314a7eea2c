import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Host } from '../../src/host/host.ts';
import { localConnection } from './local-host.ts';
import { spawnTransport } from './spawn-transport.ts';

/** Whose programs the host has: modules must not depend on more than both have. */
export const toolboxes = ['the programs of Debian', 'those of busybox'] as const;

/** Folders of this machine that play a host and a controller. */
export class Workbench {
  readonly home = mkdtempSync(join(tmpdir(), 'k3sbox-modules-'));
  /** What modules work on. */
  readonly folder = join(this.home, 'host');
  /** Where files of the playbook are. */
  readonly local = join(this.home, 'local');
  readonly #opened: Host[] = [];

  constructor() {
    furnishHost(this.folder);
    furnishController(this.local);
  }

  open(toolbox: (typeof toolboxes)[number] = 'the programs of Debian'): Host {
    const own = process.env['PATH'] ?? '';
    const path = toolbox === 'those of busybox' ? `${makeApplets(join(this.home, 'applets'))}:${own}` : own;
    const connect = () => Promise.resolve(spawnTransport(undefined, { ...process.env, PATH: path, HOME: this.home }));
    const connection = localConnection({ stateFolder: join(this.home, 'state') });
    const host = new Host(connection, connect, new AbortController().signal);
    this.#opened.push(host);
    return host;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((host) => host.close()));
    rmSync(this.home, { recursive: true, force: true });
  }
}

function makeApplets(folder: string): string {
  mkdirSync(folder, { recursive: true });
  execFileSync('busybox', ['--install', '-s', folder]);
  return folder;
}

function furnishHost(root: string): void {
  mkdirSync(join(root, 'tree/sub'), { recursive: true });
  writeFileSync(join(root, 'conf'), 'a=1\n# b=2\n[one]\nx = 1\n');
  chmodSync(join(root, 'conf'), 0o640);
  writeFileSync(join(root, 'tree/one'), '1');
  writeFileSync(join(root, 'tree/sub/two words'), '2');
  symlinkSync('one', join(root, 'tree/link'));
  symlinkSync('conf', join(root, 'link'));
  mkdirSync(join(root, 'empty'));
}

function furnishController(root: string): void {
  mkdirSync(join(root, 'site/deep'), { recursive: true });
  writeFileSync(join(root, 'site/text'), 'text\n');
  writeFileSync(join(root, 'site/deep/binary'), Buffer.from([0, 1, 255]));
  writeFileSync(
    join(root, 'say.sh'),
    '#!/usr/bin/env bash\nread -r line && exit 9\necho "$0 $1" | grep -q "two words" && echo "$2" >"$3"\n',
  );
  mkdirSync(join(root, 'pack/bin'), { recursive: true });
  writeFileSync(join(root, 'pack/bin/tool'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(root, 'pack/read me'), 'hello\n');
  execFileSync('tar', ['-czf', join(root, 'pack.tar.gz'), '-C', join(root, 'pack'), '.']);
}
