import { expect, test } from 'vitest';

import { whyOutage, type ClusterNode } from '../../../../src/modules/k3s/cluster-nodes.ts';

const agent: ClusterNode = { name: 'a1', isReady: true, isCordoned: false, isControlPlane: false, isEtcd: false };
const server = (name: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  ...agent,
  name,
  isControlPlane: true,
  isEtcd: true,
  ...more,
});
const down = { isReady: false };
const external = { isEtcd: false };

test.each([
  ['an agent', [server('s1'), agent], 'a1', /^$/],
  ['a node that is not there', [server('s1')], 'a9', /^$/],
  ['the only server', [server('s1'), agent], 's1', /etcd has 1 member, needs 1, and without s1 has 0/],
  ['one of two members', [server('s1'), server('s2')], 's1', /etcd has 2 members, needs 2, and without s1 has 1/],
  ['one of three', [server('s1'), server('s2'), server('s3')], 's2', /^$/],
  ['one of three, of which another is down', [server('s1'), server('s2', down), server('s3')], 's3', /has 1$/],
  [
    'one of five, of which another is down',
    [1, 2, 3, 4, 5].map((n) => server(`s${n}`, n === 5 ? down : {})),
    's1',
    /^$/,
  ],
  [
    'the only server of an external datastore',
    [server('s1', external), agent],
    's1',
    /s1 is the only server that is Ready/,
  ],
  ['one of two servers of an external datastore', [server('s1', external), server('s2', external)], 's1', /^$/],
  [
    'a server without etcd beside three members',
    [server('c1', external), server('s1'), server('s2'), server('s3')],
    'c1',
    /^$/,
  ],
  ['two of three', [server('s1'), server('s2'), server('s3')], 's1 s3', /needs 2, and without s1, s3 has 1$/],
  ['two of five', [1, 2, 3, 4, 5].map((n) => server(`s${n}`)), 's1 s3', /^$/],
  ['both servers of an external datastore', [server('s1', external), server('s2', external)], 's1 s2', /no server but/],
  ['an agent and one of three', [server('s1'), server('s2'), server('s3'), agent], 'a1 s2', /^$/],
] as const)('the API while %s restarts', (_title, nodes, names, why) => {
  const outage = whyOutage(nodes, names.split(' '));

  expect(outage ?? '').toMatch(why);
});
