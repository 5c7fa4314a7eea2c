import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { kubectl } from '../../../../src/modules/k3s/kubectl.ts';

const folder = mkdtempSync(join(tmpdir(), 'k3sbox-kubectl-'));

beforeAll(() => {
  for (const [dir, name] of [
    ['k3s', 'k3s'],
    ['rke2', 'kubectl'],
  ] as const) {
    mkdirSync(join(folder, dir));
    writeFileSync(join(folder, dir, name), '#!/bin/sh\nprintf "%s " "${0##*/}" "$@"\n');
    chmodSync(join(folder, dir, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['K3s', 'k3s', 'k3s kubectl --request-timeout=20s get pods -n a b '],
  ['RKE2', 'rke2', 'kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=20s get pods -n a b '],
])('on a server of %s the administrator asks', (_title, dir, said) => {
  const env = { PATH: `${join(folder, dir)}:/usr/bin:/bin` };

  expect(spawnSync('sh', ['-c', kubectl('get', 'pods', '-n', 'a b').text], { env, encoding: 'utf8' }).stdout).toBe(
    said,
  );
});
