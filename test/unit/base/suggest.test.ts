import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { didYouMean, editDistance } from '../../../src/base/suggest.ts';

const modules = ['copy', 'command', 'service', 'template', 'file', 'shell'];

describe('did you mean', () => {
  test.each([
    ['tempalte', 'template'],
    ['servcie', 'service'],
    ['comand', 'command'],
    ['Copy', 'copy'],
    ['cpy', 'copy'],
    ['fiel', 'file'],
  ])('%s: %s', (name, meant) => {
    expect(didYouMean(name, modules)).toBe(`Did you mean \`${meant}\`?`);
  });

  test.each(['x', 'docker_container', 'pacman', ''])('nothing is near %j', (name) => {
    expect(didYouMean(name, modules)).toBeUndefined();
  });

  test('nothing is near when nothing is known', () => {
    expect(didYouMean('copy', [])).toBeUndefined();
  });

  test('the nearest wins, of equals the first', () => {
    expect(didYouMean('fild', ['mild', 'file', 'field'])).toBe('Did you mean `mild`?');
    expect(didYouMean('templates', ['temple', 'template'])).toBe('Did you mean `template`?');
  });
});

describe('the distance of two words', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['abc', 'abd', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j and %j: %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is the same both ways, 0 only for the same word, at most the length of the longer one', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
