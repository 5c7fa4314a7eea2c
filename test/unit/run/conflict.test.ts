import { describe, expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import type { Diff } from '../../../src/base/op.ts';
import { describeConflict } from '../../../src/run/conflict.ts';

interface Looks {
  readonly mode?: string;
  readonly owner?: string;
  readonly content?: string;
  readonly target?: string;
}

/** What the host prints of /etc/x. */
function look({ mode = '81a4', owner = '0 0 root root', content, target }: Looks): string {
  return [
    `${mode} ${owner} /etc/x`,
    ...(content === undefined ? [] : [`${sha256Hex(content)}  /etc/x`]),
    ...(target === undefined ? [] : [`/etc/x\t${target}`]),
  ].join('\n');
}

const diff = (after: string): Diff => ({ of: '/etc/x', before: 'old\n', after });
const about = (left: string, now: string, content?: string) => ({
  left,
  now,
  content: content === undefined ? undefined : Buffer.from(content),
});

describe('what somebody changed is', () => {
  test.each<[title: string, left: string, now: string, words: string]>([
    ['gone', look({ content: 'a' }), '', 'it is gone'],
    ['there again', '', look({ content: 'a' }), 'the run had removed it, and now there is a file'],
    ['another kind of thing', look({ content: 'a' }), look({ mode: '41ed' }), 'it was a file and is a folder'],
    ['rights', look({ content: 'a' }), look({ mode: '8180', content: 'a' }), 'its mode is 600, not 644'],
    [
      'all of a file',
      look({ content: 'a' }),
      look({ mode: '89ed', owner: '7 8 UNKNOWN adm', content: 'b' }),
      'its content is another one; its mode is 4755, not 644; it belongs to 7:adm, not to root:root',
    ],
    [
      'where a link points to',
      look({ mode: 'a1ff', target: 'a' }),
      look({ mode: 'a1ff', target: 'b' }),
      'it points to b, not to a',
    ],
  ])('%s', (_title, left, now, words) => {
    expect(describeConflict(about(left, now), undefined)).toEqual({ words });
  });

  test('shown, when the journal has what the run wrote', () => {
    const { diff: shown } = describeConflict(
      about(look({ content: 'ours\n' }), look({ content: 'theirs\n' }), 'theirs\n'),
      diff('ours\n'),
    );

    expect(shown).toEqual({ of: '/etc/x', before: 'ours\n', after: 'theirs\n' });
  });

  test.each<[title: string, recorded: Diff | undefined, content: string | undefined]>([
    ['the task has no_log', undefined, 'password=1'],
    ['the journal hides a secret in it', diff('password=***'), 'password=1'],
    ['it is too large', diff('password=0'), undefined],
  ])('not shown when %s', (_title, recorded, content) => {
    const left = look({ content: 'password=0' });

    expect(describeConflict(about(left, look({ content: 'password=1' }), content), recorded)).toEqual({
      words: 'its content is another one',
    });
  });

  test('safe to show, whatever names the host has', () => {
    const { words } = describeConflict(
      about(look({ mode: 'a1ff', target: 'a' }), look({ mode: 'a1ff', target: '\u001b[2Jb' })),
      undefined,
    );

    expect(words).toBe('it points to b, not to a');
  });
});
