import { expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import { getUrl } from '../../../src/modules/get-url.ts';
import { nameInUrl } from '../../../src/modules/shared/download.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const url = 'https://example.com/a/tool-1.0?token=secret';
const sum = sha256Hex('x');
const host = {
  files: { '/opt/tool': { content: 'x', mode: '755' }, '/opt': { type: 'directory' } },
  probes: [
    { when: 'sha512sum', stdout: 'aabb  -\n' },
    { when: 'curl', stdout: `${sha256Hex('other')}  other\n${sum} *./tool-1.0\n` },
  ],
} as const;

test.each([
  ['a new file', { dest: '/opt/new' }, ['fetch /opt/new']],
  ['a file in a folder', { dest: '/opt' }, ['fetch /opt/tool-1.0']],
  ['a file in a folder that ends with a slash', { dest: '/opt/' }, ['fetch /opt/tool-1.0']],
  ['a file that is there', { dest: '/opt/tool' }, []],
  ['a file that is there with other rights', { dest: '/opt/tool', mode: '0700' }, ['set mode 700 of /opt/tool']],
  ['a file that is there, by force', { dest: '/opt/tool', force: true }, ['fetch /opt/tool']],
  ['a file with the right sum', { dest: '/opt/tool', checksum: `sha256:${sum.toUpperCase()}` }, []],
  ['a file with the right sum, by force', { dest: '/opt/tool', checksum: `sha256:${sum}`, force: true }, []],
  ['a file with another sum', { dest: '/opt/tool', checksum: 'sha256:ab' }, ['fetch /opt/tool']],
  ['a file with the right sum of another kind', { dest: '/opt/tool', checksum: 'sha512:aabb' }, []],
  ['a sum in a list of the network', { dest: '/opt/tool', checksum: 'sha256:https://example.com/sums' }, []],
])('%s', async (_title, args, says) => {
  expect(await saysOf(planModule(getUrl, { url, ...args }, { host }))).toEqual(says);
});

test('what may be secret is in no command line and no diff', async () => {
  const args = {
    url,
    dest: '/opt/new',
    headers: { Authorization: 'Bearer "x"' },
    url_username: 'me',
    url_password: 'pw',
  };

  const { steps } = await planModule(getUrl, args, { host });
  const [step] = steps;

  expect(step?.do).toMatchObject({
    stdin: `url = "${url}"\nheader = "Authorization: Bearer \\"x\\""\nuser = "me:pw"\n`,
    saves: ['/opt/new', expect.stringMatching(/^\/opt\/.k3sbox\./)],
  });
  expect(JSON.stringify([step?.do.kind === 'exec' && step.do.command, step?.diff])).not.toMatch(/secret|Bearer|pw/);
});

test('the rights are given before the file takes its place', async () => {
  const { steps } = await planModule(getUrl, { url, dest: '/opt/new', mode: '0755', owner: 'root' }, { host });
  const op = steps[0]?.do;

  expect(op?.kind === 'exec' && op.command.text.split('\n').at(-1)).toBe(
    'chown root "$t" && chmod 755 "$t" && mv -f "$t" /opt/new',
  );
});

test.each([
  ['https://example.com/a/b.tgz', 'b.tgz'],
  ['https://example.com/a%20b?x=/y#z', 'a b'],
  ['file:///opt/a', 'a'],
])('%s is named %s', (from, name) => {
  expect(nameInUrl(from)).toBe(name);
});

test.each([{ url: 'gopher://x' }, { url: 'https://x"y' }, { checksum: 'abc' }, { checksum: 'crc:abc' }])(
  '%j is refused',
  (args) => {
    expect(getUrl.args.safeParse({ url, dest: '/a', ...args }).success).toBe(false);
  },
);
