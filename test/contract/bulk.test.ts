import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { sha256Hex } from '../../src/base/digest.ts';
import { stageFile } from '../../src/host/bulk.ts';
import { createConnect } from '../../src/transport/connect.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { environmentFor } from '../helpers/connecting.ts';
import { countedTransport } from '../helpers/counted-transport.ts';
import { spawnTransport } from '../helpers/spawn-transport.ts';
import { type Sshd, startSshd } from '../helpers/sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

/** Stages these bytes. @returns how many were sent, and what is in the stage then */
async function stage(bytes: Buffer, transport: Transport): Promise<{ readonly sent: number; readonly staged: Buffer }> {
  const folder = join(sshd.folder, randomBytes(8).toString('hex'));
  mkdirSync(folder);
  const [file, sha256] = [join(folder, 'file'), sha256Hex(bytes)];
  writeFileSync(file, bytes);
  let sent = 0;
  const counted = countedTransport(transport, (count) => (sent += count));
  onTestFinished(() => transport.close());
  const place = { run: 'r1', stateFolder: join(folder, 'state') };
  await stageFile(counted, undefined, { place, file, sha256 }, new AbortController().signal);
  return { sent, staged: readFileSync(join(folder, 'state/runs/r1/stage', sha256)) };
}

/** Text as in programs and images: a third is random. */
function compressible(size: number): Buffer {
  const same = Buffer.alloc(200, 'the same ');
  return Buffer.concat(Array.from({ length: size / 300 }, () => Buffer.concat([randomBytes(100), same])));
}

function overSsh(): Promise<Transport> {
  return createConnect(environmentFor(sshd.folder))(sshd.connection());
}

describe('the bytes of a large file on the wire', () => {
  test('are fewer than the file has, when it can be compressed', async () => {
    const bytes = compressible(6_000_000);

    const { sent, staged } = await stage(bytes, await overSsh());

    expect(staged.equals(bytes)).toBe(true);
    expect(sent / bytes.length).toBeLessThan(0.45);
  });

  test('are those of the file when it cannot', async () => {
    const bytes = randomBytes(3_000_000);

    const { sent, staged } = await stage(bytes, await overSsh());

    expect(staged.equals(bytes)).toBe(true);
    expect(sent - bytes.length).toBeLessThan(2000);
  });

  test('are right, however much of it is compressed', async () => {
    const bytes = compressible(60_000_000);

    expect((await stage(bytes, await overSsh())).staged.equals(bytes)).toBe(true);
  });

  test('are those of the file on a host without gzip', async () => {
    const bytes = compressible(3_000_000);
    const bin = join(sshd.folder, 'bin');
    mkdirSync(bin);
    const programs = ['cat', 'chmod', 'id', 'mkdir', 'mv', 'sha256sum'];
    for (const name of programs) symlinkSync(`/usr/bin/${name}`, join(bin, name));

    const { staged } = await stage(bytes, spawnTransport(['/bin/sh', '-c'], { PATH: bin }));

    expect(staged.equals(bytes)).toBe(true);
  });

  test("are understood by busybox's gzip", async () => {
    const bytes = compressible(30_000_000);
    const bin = join(sshd.folder, 'busybox');
    mkdirSync(bin);
    execFileSync('busybox', ['--install', '-s', bin]);

    const { sent, staged } = await stage(bytes, spawnTransport(['/bin/sh', '-c'], { PATH: bin }));

    expect(staged.equals(bytes)).toBe(true);
    expect(sent).toBeLessThan(bytes.length);
  });
});
