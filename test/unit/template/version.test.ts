import { describe, expect, test } from 'vitest';

import { compareVersions, testVersions } from '../../../src/template/version.ts';

describe('versions', () => {
  const ascending = [
    '0.9',
    '1.30.4+k3s1',
    '1.31.0-alpha.1',
    '1.31.0-beta.2',
    'v1.31.0-rc1',
    '1.31.0-rc2',
    'v1.31.0',
    'v1.31.0+k3s1',
    'v1.31.0+k3s2',
    '1.31.2',
    '1.31.10',
    '2',
    '5.10.0-28-amd64',
    '6.1.0-28-amd64',
  ];

  test('are ordered as people mean them', () => {
    const shuffled = ascending.toReversed().toSorted((a, b) => compareVersions(a, b));

    expect(shuffled).toEqual(ascending);
  });

  test.each([
    ['1.31', '1.31.0'],
    ['v1.2', '1.2'],
    ['1.02', '1.2'],
  ])('%s is %s', (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });

  test.each([
    ['1.2', '>=', '1.2', true],
    ['1.2', 'gt', '1.2', false],
    ['1.2', '<', '1.10', true],
    ['1.2', 'ne', '1.3', true],
    ['1.2', '=', '1.2', true],
    ['1.2', '~>', '1.2', undefined],
  ])('%s %s %s is %s', (a, operator, b, expected) => {
    expect(testVersions(a, operator, b)).toBe(expected);
  });
});
