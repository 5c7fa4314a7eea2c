import { expect, test } from 'vitest';

import { lockedError } from '../../../src/host/lock.ts';

const owner = 'run=20261122-103012-4f2a\nowner=ana@laptop (pid 4711)\nstarted=2026-11-22T10:30:12Z\n';

test.each([
  [0, 'n1 takes part in another run: ana@laptop (pid 4711), run 20261122-103012-4f2a since 2026-11-22T10:30:12Z'],
  [30, 'n1 takes part in another run: ana@laptop (pid 4711), run 20261122-103012-4f2a since 2026-11-22T10:30:12Z'],
])('a lock that was touched %i s ago belongs to a run that goes on', (age, message) => {
  const error = lockedError('n1', age, owner);

  expect(error.message).toBe(message);
  expect(error.hint).toBe(
    'Wait until that run has ended. If it was killed, go on with `k3sbox resume 20261122-103012-4f2a`, or take it back with `k3sbox rollback 20261122-103012-4f2a`.',
  );
});

test('an older one belongs to a run that has stopped, with something to take back', () => {
  const error = lockedError('n1', 95, owner, 'root');

  expect(error.message).toContain('n1 is locked by a run that has stopped 95 s ago: ana@laptop');
  expect(error.hint).toBe(
    'Go on with `k3sbox resume 20261122-103012-4f2a`, take it back with `k3sbox rollback 20261122-103012-4f2a`, or leave its changes and free the host with `k3sbox unlock n1 -i INVENTORY --become-user root`.',
  );
});

test.each([
  ['armed a1b2 12 ', 'Its dead-man switch takes the host back in 12 s by itself.'],
  ['armed a1b2 -3 ', 'Its dead-man switch takes the host back in 0 s by itself.'],
  ['fired a1b2 -40 0', 'Its dead-man switch has fired: the host takes itself back, or has done so.'],
])('a dead-man switch that is %s is told of', (state, told) => {
  expect(lockedError('n1', 3, `${owner}deadman=${state}\n`).hint).toContain(`\`. ${told}`);
});

test.each(['confirmed a1b2 3 ', 'none'])('a dead-man switch that is %s is not told of', (state) => {
  expect(lockedError('n1', 3, `${owner}deadman=${state}\n`).hint).not.toContain('dead-man');
});

test("what stands in the file is a host's word: it is cleaned, and may be missing", () => {
  expect(lockedError('n1', 0, 'owner=\u001b]0;x\u0007ana\nrun=r\n').message).toBe(
    'n1 takes part in another run: ana, run r since unknown',
  );
  expect(lockedError('n1', 0, '').message).toContain('unknown, run unknown since unknown');
});
