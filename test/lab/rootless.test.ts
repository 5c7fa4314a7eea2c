import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { whyNoBuild, whyNoRootless } from './machine.ts';
import { run } from './run.ts';

const isRoot = process.getuid?.() === 0;
const why = isRoot ? 'only without root' : (whyNoRootless() ?? whyNoBuild());
const reason = why === undefined ? '' : ` (${why})`;

describe.skipIf(why !== undefined)(`a rootless lab${reason}`, () => {
  test('has light nodes with addresses, sudo and apt, and leaves nothing behind', async () => {
    const state = mkdtempSync(join(tmpdir(), 'k3sbox-lab-'));
    onTestFinished(() => rmSync(state, { recursive: true }));
    const lab = `'${process.execPath}' --import '${import.meta.resolve('tsx')}' '${join(import.meta.dirname, 'cli.ts')}'`;
    const install = "sudo sh -c 'apt-get -qq update && apt-get -qq install rsync' >/dev/null 2>&1 && command -v rsync";
    const script = `${lab} up 2 && ${lab} ls && ${lab} ssh n2 "sudo id -u; ${install}"`;

    const { code, stdout, stderr } = await run(['sh', '-c', `${lab} rootless sh -c "$0"`, script], {
      env: { LAB_STATE: state },
    });

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^n1 .* up\nn2 .* up\n0\n\/usr\/bin\/rsync\n$/);
    expect((await run(['ls', '-A', state])).stdout).toBe('');
  });
});
