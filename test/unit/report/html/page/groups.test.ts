import { expect, test } from 'vitest';

import { noFilter, select } from '../../../../../src/report/html/page/filter.js';
import { describeGroup, groupHosts } from '../../../../../src/report/html/page/groups.js';
import { makeView } from '../../../../../src/report/html/page/view.js';
import { bigRun } from '../../../../helpers/big-run.ts';
import { reportOf } from '../../../../helpers/report-of.ts';

test('hosts that ended alike are one group, those that failed first', () => {
  const view = makeView(reportOf(bigRun({ hosts: 200, tasks: 60 })));
  const { hosts, tasks } = select(view, noFilter);
  const groups = groupHosts(view, hosts, tasks);

  expect(groups.map((group) => `${group.status} ${group.hosts.length}: ${describeGroup(view, group, tasks)}`)).toEqual([
    'unreachable 2: nothing ran',
    'rolled-back 5: 1 failed, 10 taken back, 30 ok',
    'ok 193: 12 changed, 36 ok',
  ]);
});
