import { describe, expect, test } from 'vitest';

import { savedPlanSchema } from '../../../src/cli/saved-plan-schema.ts';
import { parseSavedPlan, renderSavedPlan } from '../../../src/plan/saved-plan.ts';
import { accepts } from '../../helpers/json-schema.ts';

const digest = '0123456789abcdef0123456789abcdef';

const plan = {
  k3sbox: '0.1.0',
  made: '2026-11-22T14:00:00.000Z',
  cwd: '/srv',
  playbooks: ['site.yaml'],
  inventories: ['prod'],
  selection: { tags: ['web'] },
  connection: { become: true },
  extraVars: { release: 7 },
  withheld: ['db_password'],
  salt: digest,
  sources: { 'site.yaml': digest },
  hosts: {
    n1: {
      reached: { transport: 'ssh2', address: '10.0.0.1', port: 22 },
      tasks: [
        {
          id: 'all/motd',
          name: 'Write motd',
          at: 'site.yaml:3:7',
          module: 'copy',
          action: 'change' as const,
          steps: [
            { say: 'write /etc/motd', reversible: true, diff: { of: '/etc/motd', before: '', after: 'x\n' }, digest },
          ],
          reads: [{ of: '/etc/motd', digest }],
        },
      ],
    },
    n2: { reached: {}, tasks: [], error: { code: 'unreachable', message: 'no route to host' } },
  },
};

const text = renderSavedPlan(plan);
const parse = (changed: string, version = '0.1.0') => parseSavedPlan(changed, 'plan.json', version);

test('a plan is read as it was written, and fits its schema', () => {
  expect(parse(text)).toMatchObject(plan);
  expect(accepts(savedPlanSchema(), JSON.parse(text))).toBe(true);
});

test('the order in which members stand does not matter', () => {
  const whole: Record<string, unknown> = JSON.parse(text);
  const turned = Object.fromEntries(Object.entries(whole).toReversed());

  expect(parse(JSON.stringify(turned))).toMatchObject(plan);
});

describe('refused is', () => {
  test.each([
    ['text that is no JSON', 'hello: [', 'config', ''],
    ['another kind of file', '{"hosts": {}}', 'config', 'this is no plan'],
    [
      'a plan that was changed by hand',
      text.replace('"write /etc/motd"', '"write /etc/motD"'),
      'config',
      'was changed',
    ],
    ['an unknown member', text.replace('"salt"', '"slat"'), 'config', '2 problems'],
    ['a wrong value', text.replace('"change"', '"chance"'), 'config', '`action` must be one of none, change'],
    ['a plan of another format', text.replace('"format": 1', '"format": 2'), 'stale', 'was made by k3sbox 0.1.0'],
  ])('%s', (_title, changed, code, message) => {
    expect(() => parse(changed)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  test('a plan of another version', () => {
    expect(() => parse(text, '0.2.0')).toThrow(
      expect.objectContaining({
        code: 'stale',
        message: 'the plan plan.json was made by k3sbox 0.1.0, and this is 0.2.0',
      }),
    );
  });
});
