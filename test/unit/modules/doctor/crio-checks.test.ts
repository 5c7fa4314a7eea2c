import { expect, test } from 'vitest';

import { type CrioFacts, judgeCrio, knowsSysbox } from '../../../../src/modules/doctor/crio-checks.ts';
import { judgeNode } from '../../../../src/modules/doctor/doctor.ts';
import { crioDropIn } from '../../../../src/modules/k3s/crio.ts';
import { plainContainerd, nodeFacts, noSysbox } from '../../../helpers/fake-doctor.ts';

const live = {
  isKnown: true,
  hasUserNamespaces: true,
  binary: '/usr/bin/sysbox-runc',
  systemdCgroup: true,
  runcSystemdCgroup: true,
};
const fine: CrioFacts = { file: crioDropIn({ name: 'sysbox-runc', binary: live.binary }), live };
const gone = { ...live, isKnown: false };

test.each([
  ['is as it should be', fine, []],
  ['has never heard of Sysbox', { file: undefined, live: gone }, []],
  ['has a file that somebody changed', { ...fine, file: 'x' }, [/^somebody changed .*50-k3sbox-sysbox-runc\.conf/]],
  ['was not restarted', { ...fine, live: gone }, [/CRI-O does not know sysbox-runc yet: it was not restarted since/]],
  ['does not answer', { ...fine, live: undefined }, [/CRI-O does not answer/]],
  ['offers no user namespaces', { ...fine, live: { ...live, hasUserNamespaces: false } }, [/asked sysbox-runc/]],
  ['knows it from elsewhere', { file: undefined, live }, [/from a file that is not ours/]],
])('a CRI-O that %s', (_title, facts, messages) => {
  expect(judgeCrio(facts, false, 'hostUsers').map(({ message }) => message)).toEqual(
    messages.map((message) => expect.stringMatching(message)),
  );
});

test("what Kubernetes need not know, and what may be somebody else's, is no finding", () => {
  expect(judgeCrio({ ...fine, live: { ...live, hasUserNamespaces: false } }, false, 'annotation')).toEqual([]);
  expect(judgeCrio({ file: undefined, live }, true, 'hostUsers')).toEqual([]);
});

test('a node with CRI-O is not asked about containerd', () => {
  const node = nodeFacts({ containerd: plainContainerd, crio: fine }, { crio: '/run/crio/crio.sock' });
  const bare = { ...node, crio: { file: undefined, live: gone }, sysbox: noSysbox, label: undefined };

  expect(knowsSysbox(fine)).toBe(true);
  expect(judgeNode(node, 0)).toEqual([]);
  expect(judgeNode(bare, 0).map(({ message }) => message)).toEqual(['Sysbox is not installed here']);
});
