import { expect, test } from 'vitest';

import { type BlockEdit, putBlock } from '../../../../src/modules/shared/edit-block.ts';

const marks = { begin: '# BEGIN x', end: '# END x' };
const block = '# BEGIN x\none\ntwo\n# END x\n';
const text = '[a]\n[b]\n[c]\n';

test.each<[string, string, Partial<BlockEdit>, string]>([
  ['a new block goes to the end', text, {}, text + block],
  ['BOF is the start', text, { insertBefore: 'BOF' }, block + text],
  ['behind a line', text, { insertAfter: String.raw`^\[b\]` }, `[a]\n[b]\n${block}[c]\n`],
  ['before a line', text, { insertBefore: String.raw`^\[b\]` }, `[a]\n${block}[b]\n[c]\n`],
  ['behind a match of several lines', text, { insertAfter: String.raw`(?m)^\[a\]\n\[b\]` }, `[a]\n[b]\n${block}[c]\n`],
  ['to the end when nothing fits', text, { insertAfter: 'nope' }, text + block],
  ['a block that is there stays where it is', `[a]\n${block}[b]\n`, { insertBefore: 'BOF' }, `[a]\n${block}[b]\n`],
  ['its lines are replaced', '# BEGIN x\nold\n# END x\n[b]\n', {}, `${block}[b]\n`],
  ['markers in the wrong order are taken as one block', '# END x\nold\n# BEGIN x\n[b]\n', {}, `${block}[b]\n`],
  ['one marker alone is no block', '# BEGIN x\n[b]\n', {}, `# BEGIN x\n[b]\n${block}`],
  ['a last line without an end gets one', '[a]', {}, `[a]\n${block}`],
  ['nothing removes the block', `[a]\n${block}[b]\n`, { block: '' }, '[a]\n[b]\n'],
  ['nothing to remove', text, { block: '' }, text],
  ['an empty file', '', {}, block],
])('%s', (_title, before, edit, after) => {
  expect(putBlock(before, { block: 'one\ntwo', ...marks, ...edit })).toBe(after);
});
