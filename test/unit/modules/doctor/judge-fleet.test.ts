import { expect, test } from 'vitest';

import { TaskFailedError } from '../../../../src/base/errors.ts';
import type { ClusterFacts } from '../../../../src/modules/doctor/cluster-checks.ts';
import { judgeFleet } from '../../../../src/modules/doctor/doctor.ts';
import { clusterFacts, clusterNode, nodeFacts } from '../../../helpers/fake-doctor.ts';

const judge = (cluster: ClusterFacts | TaskFailedError) =>
  judgeFleet([nodeFacts({ cluster, host: 'server' }, { role: 'server', name: 'n1' }), nodeFacts()]);
const found = (more: Partial<ClusterFacts> = {}): readonly string[] =>
  judge(clusterFacts(more)).map(({ severity, check, message }) => `${severity} ${check}: ${message}`);

const members = (...ready: readonly boolean[]) =>
  ready.map((isReady, i) => clusterNode(`n${i + 1}`, { isReady, isControlPlane: true, isEtcd: true }));

test('of a healthy cluster there is nothing to say', () => {
  expect(found()).toEqual([]);
});

test.each<[string, Partial<ClusterFacts>, readonly unknown[]]>([
  [
    'a node that is not Ready',
    { nodes: [clusterNode('n1'), clusterNode('n2', { isReady: false })] },
    ['failure cluster: node n2 is not Ready'],
  ],
  [
    'a node that somebody has cordoned',
    { nodes: [clusterNode('n1'), clusterNode('n2', { isCordoned: true })] },
    ['warning cluster: node n2 is cordoned: is somebody at work on it?'],
  ],
  [
    'a node that the inventory does not have',
    { nodes: [clusterNode('n1'), clusterNode('n2'), clusterNode('n9')] },
    [expect.stringMatching(/^warning cluster: node n9 was not looked at/)],
  ],
  [
    'a server that cannot be spared',
    { nodes: members(true, true, false) },
    [
      'failure cluster: node n3 is not Ready',
      expect.stringMatching(/n3 was not looked at/),
      expect.stringMatching(/no further server can be spared: etcd has 3 members, needs 2, and without n1 has 1/),
    ],
  ],
  [
    'a node in the network of pods',
    { nodes: [clusterNode('n1', { podNetworks: ['10.0.0.0/24'] })] },
    ['failure cluster: the address 10.0.0.1 of node n1 lies in the pod network of n1'],
  ],
  ['an API that is not ready', { api: { isReady: false, userNamespaces: '1' } }, [expect.stringMatching(/\/readyz/)]],
  [
    'a feature gate that is off',
    { api: { isReady: true, userNamespaces: '0' } },
    [expect.stringMatching(/UserNamespacesSupport is off/)],
  ],
  ['no RuntimeClass', { runtimeClass: undefined }, [expect.stringMatching(/there is no RuntimeClass sysbox-runc/)]],
  [
    'no RuntimeClass, and no node that needs it',
    { runtimeClass: undefined, nodes: [clusterNode('n1', { labels: {} })] },
    [],
  ],
  [
    'a RuntimeClass of somebody else',
    { runtimeClass: { handler: 'kata' } },
    [
      'failure cluster: the RuntimeClass sysbox-runc has the handler kata',
      expect.stringMatching(/does not select the label/),
    ],
  ],
  [
    'what was tried out',
    { temporary: ['Namespace k3sbox-canary-n2'] },
    ['warning leftovers: Namespace k3sbox-canary-n2 is left of a node that was tried out'],
  ],
  [
    'a pod that does not start',
    {
      pods: ['default/a Pending n2'],
      events: [
        {
          where: 'default/a',
          text: 'FailedCreatePodSandBox: expected cgroupsPath to be of format "slice:prefix:name"',
        },
        { where: 'default/gone', text: 'FailedCreatePodSandBox: handler "sysbox-runc" is not known' },
      ],
    },
    [
      'warning pods: default/a has the class sysbox-runc and is Pending on n2',
      'failure pods: default/a: FailedCreatePodSandBox: expected cgroupsPath to be of format "slice:prefix:name"',
    ],
  ],
])('%s', (_title, more, expected) => {
  expect(found(more)).toEqual(expected);
});

test('a server that does not answer is a failure', () => {
  const deaf = new TaskFailedError('the Kubernetes API does not answer here', {
    output: 'refused',
    hint: 'see that it is up',
  });

  expect(judge(deaf)).toEqual([
    {
      severity: 'failure',
      check: 'cluster',
      message: 'server: the Kubernetes API does not answer here: refused',
      advice: 'see that it is up',
    },
  ]);
});

test('without a server nothing is known about the cluster', () => {
  expect(judgeFleet([nodeFacts()])).toEqual([expect.objectContaining({ severity: 'warning', check: 'cluster' })]);
});
