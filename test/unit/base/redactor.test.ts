import { execFileSync } from 'node:child_process';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Redactor } from '../../../src/base/redactor.ts';
import { Secret } from '../../../src/base/secret.ts';
import { quote } from '../../../src/base/sh.ts';

const secret = `p'ss "wörd$/+ 42`;

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  for (const each of secrets) redactor.add(new Secret(each));
  return redactor;
}

/** Pieces of any size, as a socket would give them. */
function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  let at = 0;
  for (let i = 0; at < text.length; i++) {
    const size = sizes.length === 0 ? text.length : (sizes[i % sizes.length] ?? 1);
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

describe('a secret is hidden', () => {
  test.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ secret })],
    ['in JSON inside JSON', JSON.stringify(JSON.stringify({ secret }))],
    ['in JSON as Python writes it', JSON.stringify(secret).replaceAll('ö', '\\u00f6')],
    ['in JSON with escaped slashes', JSON.stringify(secret).replaceAll('/', '\\/')],
    ['in a URL', `https://x/?q=${encodeURIComponent(secret)}`],
    ['in a URL with small hex digits', encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['quoted for a shell', quote(secret)],
    ['quoted for a shell in a shell', quote(`echo ${quote(secret)}`)],
    [
      'escaped with backslashes',
      secret
        .replaceAll(/[^\w/+ö]/g, '\\$&')
        .replaceAll('ö', '\\ö')
        .replaceAll('+', '+'),
    ],
    ['in double quotes', `"${secret.replaceAll(/["$`\\]/g, '\\$&')}"`],
    ['in YAML single quotes', `'${secret.replaceAll("'", "''")}'`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 made by echo', Buffer.from(`${secret}\n`).toString('base64')],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in basic authentication', Buffer.from(`root:${secret}`).toString('base64')],
    ['in base64 at the third alignment', Buffer.from(`ab${secret}cd`).toString('base64')],
    ['in hex', Buffer.from(secret).toString('hex')],
  ])('%s', (_how, text) => {
    const shown = redactorOf(secret).text(`before ${text} after`);

    expect(shown).toContain('***');
    expect(shown.length).toBeLessThan(40);
  });

  test('as a shell prints it with printf %q', () => {
    const printed = execFileSync('bash', ['-c', 'printf %q "$1"', '-', 'a b$c"d;e'], { encoding: 'utf8' });

    expect(redactorOf('a b$c"d;e').text(printed)).toBe('***');
  });

  test('line by line, when it is a key', () => {
    const key = ['-----BEGIN KEY-----', 'MIIEowIBAAKCAQEA0123456789', 'abcdefghijklmnopqrstuv==', '-----END KEY-----'];

    expect(redactorOf(key.join('\n')).text(`${key[0]}\n  ${key[1]}\n  ${key[2]}`)).toBe(
      '-----BEGIN KEY-----\n  ***\n  ***',
    );
  });

  test('in base64 that was broken into lines', () => {
    const long = 'x-secret-'.repeat(20);
    const printed = execFileSync('base64', { input: long, encoding: 'utf8' });

    expect(redactorOf(long).text(printed).split('\n').slice(0, 3)).toEqual(['***', '***', '***']);
  });
});

describe('text', () => {
  test.each([
    ['nothing known', [], 'plain', 'plain'],
    ['too short to be told from words', ['abc'], 'abc', 'abc'],
    ['overlapping secrets', ['abcdef', 'defghi'], '<abcdefghi>', '<***>'],
    ['one inside another', ['hunter', 'hunter22'], 'hunter22 hunter', '*** ***'],
    ['a trailing newline of a secret file', ['token-1\n'], 'token-1', '***'],
    ['characters that mean something in patterns', ['a.*b[c'], 'a.*b[c axxb[c', '*** axxb[c'],
  ])('%s', (_title, secrets, text, shown) => {
    expect(redactorOf(...secrets).text(text)).toBe(shown);
  });
});

describe('data', () => {
  test('strings, names and numbers at any depth are redacted', () => {
    const data = { 'key 12345678': [{ a: 'x12345678' }, 12_345_678, true, null], same: [1] };

    expect(redactorOf('12345678').data(data)).toEqual({ 'key ***': [{ a: 'x***' }, '***', true, null], same: [1] });
  });

  test('what holds no secret stays the very same object', () => {
    const data = { a: ['b'] };

    expect(redactorOf('secret').data(data)).toBe(data);
  });

  test('a member called __proto__ is a member like others', () => {
    const data: unknown = JSON.parse('{"__proto__": "secret"}');

    expect(JSON.stringify(redactorOf('secret').data(data))).toBe('{"__proto__":"***"}');
  });
});

const word = fc.string({ unit: fc.constantFrom(...Array.from('abAB01 \'"$/+\n=é')), minLength: 4, maxLength: 12 });
const soup = fc.tuple(
  fc.array(word, { minLength: 1, maxLength: 4 }),
  fc.array(fc.oneof(fc.nat(3), word)),
  fc.array(fc.integer({ min: 1, max: 9 })),
);

test('no secret is left in any text, however it is cut into pieces', () => {
  fc.assert(
    fc.property(soup, ([secrets, parts, sizes]) => {
      const redactor = redactorOf(...secrets);
      const text = parts.map((part) => (typeof part === 'number' ? (secrets[part] ?? '') : part)).join('');

      const stream = redactor.stream();
      const streamed = cut(text, sizes).map((piece) => stream.push(piece));
      const shown = [...streamed, stream.end()].join('');

      expect(shown).toBe(redactor.text(text));
      for (const each of secrets) for (const part of shown.split('***')) expect(part).not.toContain(each);
    }),
    { numRuns: 2000 },
  );
});

test('the base64 of any text around a secret does not give the secret away', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 9 }), fc.string({ minLength: 9 }), fc.string({ maxLength: 9 }), (a, s, b) => {
      fc.pre(s.trim() === s);
      const shown = redactorOf(s).text(Buffer.from(a + s + b).toString('base64'));

      expect(shown).toContain('***');
    }),
  );
});

test('a stream holds back no more than a secret may need', () => {
  const stream = redactorOf('hunter22').stream();

  expect([stream.push('my hun'), stream.push('dred hunter'), stream.push('22!'), stream.end()]).toEqual([
    'my ',
    'hundred ',
    '***!',
    '',
  ]);
});
