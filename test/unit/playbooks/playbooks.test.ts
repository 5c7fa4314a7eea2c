import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Values } from '../../../src/base/value.ts';
import { renderText } from '../../../src/template/render.ts';
import { k3sbox } from '../../helpers/cli.ts';
import { scopeOf } from '../../helpers/scope-of.ts';

const root = resolve(import.meta.dirname, '../../..');
const playbooks = readdirSync(join(root, 'playbooks')).filter((file) => file.endsWith('.yaml'));
const docs = readFileSync(join(root, 'docs/playbooks-k3s.md'), 'utf8');

describe.each(playbooks)('%s', (playbook) => {
  const file = `playbooks/${playbook}`;

  test('is valid for the hosts of the example inventory', async () => {
    expect(await k3sbox(root, 'validate', file, '-i', 'inventories/prod.example.yaml')).toEqual({
      exitCode: 0,
      stdout: `${file} is valid\n`,
      stderr: '',
    });
  });

  test('has a section in the docs, and a line that says how it is run', () => {
    expect(docs).toContain(`## ${playbook}`);
    expect(docs).toContain(`k3sbox run playbooks/${playbook} `);
  });
});

describe("K3s's configuration", () => {
  const template = readFileSync(join(root, 'playbooks/roles/k3s/templates/config.yaml.hbs'), 'utf8');
  const render = (vars: Values) =>
    renderText(
      template,
      scopeOf({
        k3s_token: 'abc: #1',
        k3s_api: '10.0.0.11',
        k3s_is_server: true,
        k3s_is_first: false,
        k3s_server_config: { 'tls-san': ['k3s.example.org'], disable: ['traefik'] },
        k3s_agent_config: { 'node-label': ['zone=a'] },
        ...vars,
      }),
      { file: 'config.yaml.hbs' },
    );

  test('of the first server starts a cluster', () => {
    expect(render({ k3s_is_first: true })).toBe(`# managed by k3sbox
token: "abc: #1"
cluster-init: true
tls-san: ["k3s.example.org"]
disable: ["traefik"]
`);
  });

  test.each([
    ['another server', true, 'tls-san: ["k3s.example.org"]'],
    ['an agent', false, 'node-label: ["zone=a"]'],
  ])('of %s joins it', (_title, isServer, own) => {
    const text = render({ k3s_is_server: isServer });

    expect(text).toContain('server: https://10.0.0.11:6443\n');
    expect(text).toContain(own);
    expect(text).not.toContain('cluster-init');
  });
});
