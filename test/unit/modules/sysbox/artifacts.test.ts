import { assert, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';

import { sysboxArtifacts } from '../../../../src/modules/sysbox-artifacts.ts';
import { whyNotProgram } from '../../../../src/modules/sysbox/artifacts.ts';
import { elf, fakeArtifacts } from '../../../helpers/fake-k3s.ts';
import { planModule } from '../../../helpers/plan-module.ts';

test.each([
  ['a static program', elf(), 'amd64', /^$/],
  ['a static program for arm64', elf({ machine: 0xb7 }), 'arm64', /^$/],
  ['a program for another machine', elf({ machine: 0xb7 }), 'amd64', /is not a program for amd64/],
  ['a program with a dynamic linker', elf({ headerType: 3 }), 'amd64', /is not static/],
  ['a script', Buffer.from('#!/bin/sh\nexec something\n'.padEnd(100)), 'amd64', /is not a 64-bit Linux program/],
  ['nothing', Buffer.alloc(0), 'amd64', /is not a 64-bit Linux program/],
] as const)('%s', (_title, bytes, arch, why) => {
  const answer = whyNotProgram(bytes, arch);

  expect(answer ?? '').toMatch(why);
});

test('no bytes make it stumble', () => {
  assert(
    property(uint8Array({ maxLength: 300 }), (bytes) => {
      expect(() => whyNotProgram(Buffer.concat([elf().subarray(0, 20), bytes]), 'amd64')).not.toThrow();
    }),
  );
});

const args = { dir: 'a', arch: 'amd64' } as const;

test('a whole folder gives version, commit and checksums', async () => {
  const { result } = await planModule(sysboxArtifacts, args, { files: fakeArtifacts('a') });

  expect(result).toMatchObject({
    version: '0.7.1',
    commit: 'c0ffee',
    sha256: { 'sysbox-fs': expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
});

test.each([
  ['another architecture', fakeArtifacts('a', elf(), { arch: 'arm64' }), /is for arm64, this host is amd64/],
  ['no version', fakeArtifacts('a', elf(), { version: 'main' }), /must be a version/],
  [
    'a program too few',
    fakeArtifacts('a', elf(), { files: [] }),
    /does not name sysbox-runc, sysbox-mgr, sysbox-fs once each/,
  ],
  [
    'another file than the manifest says',
    { ...fakeArtifacts('a'), 'a/sysbox-fs': elf({ machine: 1 }) },
    /sysbox-fs is not the file of the manifest/,
  ],
  ['a dynamic program', fakeArtifacts('a', elf({ headerType: 3 })), /is not static/],
  ['no manifest but text', { ...fakeArtifacts('a'), 'a/manifest.json': 'hello' }, /is no manifest/],
])('a folder with %s is refused', async (_title, files, message) => {
  await expect(planModule(sysboxArtifacts, args, { files })).rejects.toThrow(message);
});
