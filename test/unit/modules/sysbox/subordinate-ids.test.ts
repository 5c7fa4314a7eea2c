import { expect, test } from 'vitest';

import { subordinateIdProblems } from '../../../../src/modules/sysbox/subordinate-ids.ts';

test.each([
  ['', []],
  ['ops:100000:65536\nsysbox:231072:65536\n', []],
  ['kubelet:65536:7208960\n', []],
  ['ops:100000\n', [/a line that is none/]],
  ['kubelet:65536:1000\n', [/one range whose start and length/]],
  ['kubelet:1000:65536\n', [/one range whose start and length/]],
  ['kubelet:65536:65536\nkubelet:131072:65536\n', [/one range whose start and length/]],
  ['ops:100000:65536\nsysbox:120000:65536\n', [/gives ids of sysbox to ops/]],
  ['kubelet:65536:65536\nops:131071:10\n', [/gives ids of kubelet to ops/]],
  ['a:100000:65536\nb:100000:65536\n', []],
])('%j', (text, messages) => {
  expect(subordinateIdProblems(text, '/etc/subuid')).toEqual(messages.map((message) => expect.stringMatching(message)));
});
