import { expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import { stat } from '../../../src/modules/stat.ts';
import { fakeReader } from '../../helpers/fake-host.ts';
import { planModule } from '../../helpers/plan-module.ts';

const host = {
  files: {
    '/opt/tool': { content: 'x', mode: '4750', owner: 'daemon' },
    '/opt/link': { target: 'tool' },
    '/opt': { type: 'directory' },
  },
} as const;

const statOf = async (args: { path: string; follow?: boolean; get_checksum?: boolean }) => {
  const { result } = await planModule(stat, args, { host });
  return result?.['stat'];
};

test('a file is described in full', async () => {
  expect(await statOf({ path: '/opt/tool' })).toEqual({
    exists: true,
    path: '/opt/tool',
    mode: '4750',
    isdir: false,
    isreg: true,
    islnk: false,
    isfifo: false,
    ischr: false,
    isblk: false,
    issock: false,
    uid: 1000,
    gid: 0,
    pw_name: 'daemon',
    gr_name: 'root',
    size: 1,
    mtime: 0,
    rusr: true,
    wusr: true,
    xusr: true,
    rgrp: true,
    wgrp: false,
    xgrp: true,
    roth: false,
    woth: false,
    xoth: false,
    isuid: true,
    isgid: false,
    executable: true,
    checksum: sha256Hex('x'),
  });
});

test.each([
  [{ path: '/nope' }, { exists: false }],
  [{ path: '/opt/' }, { isdir: true, mode: '0755' }],
  [{ path: '/opt/link' }, { islnk: true, isreg: false, lnk_target: 'tool' }],
  [
    { path: '/opt/link', follow: true },
    { islnk: false, isreg: true },
  ],
])('%j is %j', async (args, expected) => {
  expect(await statOf(args)).toMatchObject(expected);
});

test('a sum that nobody wants is not asked for', async () => {
  const reader = fakeReader(host);

  await planModule(stat, { path: '/opt/tool', get_checksum: false }, { host: reader });

  expect(reader.asked).toEqual(['path /opt/tool']);
});
