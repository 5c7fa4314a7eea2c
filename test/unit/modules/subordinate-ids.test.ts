import { describe, expect, test } from 'vitest';

import { subordinateIds } from '../../../src/modules/subordinate-ids.ts';
import { planModule } from '../../helpers/plan-module.ts';

/** What both files hold afterwards; undefined: left alone. */
async function after(
  subuid: string,
  subgid: string,
  more: { readonly state?: 'absent'; readonly count?: number } = {},
) {
  const host = { files: { '/etc/subuid': subuid, '/etc/subgid': subgid } };
  const { steps } = await planModule(subordinateIds, { user: 'containers', count: 131_072, ...more }, { host });
  const texts = new Map(
    steps.flatMap(({ do: op }) =>
      op.kind === 'file' && op.content.from === 'text' ? [[op.path, op.content.text] as const] : [],
    ),
  );
  return ['/etc/subuid', '/etc/subgid'].map((path) => texts.get(path));
}

describe('a range', () => {
  test('is the first free one, the same in both files', async () => {
    const line = 'containers:131072:131072\n';

    expect(await after('', '')).toEqual([line, line]);
  });

  test('begins behind those of others, at a multiple of 65536', async () => {
    const others = 'ops:100000:65536\nsysbox:231072:65536';

    expect(await after(others, 'web:400000:10\n')).toEqual([
      `${others}\ncontainers:458752:131072\n`,
      'web:400000:10\ncontainers:458752:131072\n',
    ]);
  });

  test('that is there already stays', async () => {
    const own = 'containers:500000:65536\n';

    expect(await after(own, own)).toEqual([undefined, undefined]);
    expect(await after(own, '')).toEqual([undefined, 'containers:131072:131072\n']);
  });

  test('that does not fit is refused', async () => {
    await expect(after('a:131072:4294836224\n', '')).rejects.toThrow('there are no 131072 free subordinate ids');
  });
});

test("absent takes the user's lines, and no others", async () => {
  const text = '# ours\ncontainers:1:2\nops:100000:65536\n';

  expect(await after(text, 'ops:1:2\n', { state: 'absent' })).toEqual(['# ours\nops:100000:65536\n', undefined]);
});
