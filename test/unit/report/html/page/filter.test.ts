import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  formatFragment,
  noFilter,
  parseFragment,
  select,
  statusFilters,
} from '../../../../../src/report/html/page/filter.js';
import { makeView } from '../../../../../src/report/html/page/view.js';
import { recordedRun } from '../../../../helpers/recorded-run.ts';
import { reportOf } from '../../../../helpers/report-of.ts';

const view = makeView(reportOf(recordedRun));

function selected(filter: Partial<typeof noFilter>): { hosts: string[]; tasks: string[] } {
  const { hosts, tasks } = select(view, { ...noFilter, ...filter });
  return {
    hosts: hosts.map((host) => view.report.hosts[host]?.name ?? ''),
    tasks: tasks.map((task) => view.report.tasks[task]?.id ?? ''),
  };
}

test('a filter survives its way through the address', () => {
  const filter = fc.record({
    host: fc.string({ unit: 'grapheme' }),
    task: fc.string({ unit: 'grapheme' }),
    status: fc.subarray(statusFilters.map(({ key }) => key)),
    zoom: fc.constantFrom('', '1', '0.3'),
    at: fc.constantFrom('', 'matrix'),
  });
  fc.assert(
    fc.property(filter, (wanted) => {
      expect(parseFragment(formatFragment(wanted))).toEqual(wanted);
    }),
  );
});

test('no filter leaves an empty address', () => {
  expect(formatFragment(noFilter)).toBe('#');
  expect(parseFragment('#status=nonsense&host=n1')).toEqual({ ...noFilter, host: 'n1' });
});

describe('a filter', () => {
  test.each([
    ['none', {}, ['n1', 'n2', 'n3', 'n4'], ['pkg', 'conf', 'start', 'skip']],
    ['parts of names', { host: 'N1, n3' }, ['n1', 'n3'], ['pkg', 'conf', 'start', 'skip']],
    ['a task, by name', { task: 'start k3s' }, ['n3'], ['start']],
    ['a task, by module', { task: 'copy' }, ['n1', 'n2', 'n3'], ['conf']],
    ['what failed', { status: ['failed'] }, ['n3', 'n4'], ['start']],
    ['what was taken back', { status: ['undone'] }, ['n3'], ['conf']],
    ['what was changed', { status: ['changed'] }, ['n1', 'n2'], ['conf']],
    ['nothing', { host: 'n9' }, [], ['pkg', 'conf', 'start', 'skip']],
  ])('for %s', (_, filter, hosts, tasks) => {
    const found = selected(filter);

    expect(found.hosts).toEqual(hosts);
    expect(found.tasks.toSorted()).toEqual(tasks.toSorted());
  });
});
