import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { array, assert, constantFrom, integer, property, string, tuple } from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';

import { describeKey, fingerprint, keyType, publicKeyOf } from '../../../src/transport/fingerprint.ts';
import {
  entriesFor,
  judgeHostKey,
  knownHostName,
  knownTypes,
  parseKnownHosts,
  putKnownTypesFirst,
  type HostKeyVerdict,
} from '../../../src/transport/known-hosts.ts';

const folder = mkdtempSync(join(tmpdir(), 'k3sbox-known-hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function makePublicKey(type: string): string {
  const file = join(folder, `key-${type}-${Math.random()}`);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
}
const [ed1, ed2, ecdsa] = ['ed25519', 'ed25519', 'ecdsa'].map(makePublicKey);
const key = publicKeyOf(ed1 ?? '');

describe('a key', () => {
  test('has the fingerprint that ssh-keygen shows', () => {
    const { stdout } = spawnSync('ssh-keygen', ['-lf', '-'], { input: ed1, encoding: 'utf8' });

    expect(fingerprint(key)).toBe(stdout.split(' ')[1]);
    expect(describeKey(key)).toBe(`ssh-ed25519 ${fingerprint(key)}`);
  });

  test.each([
    ['nothing', ''],
    ['a text', 'hello'],
    ['a length that is too long', Buffer.from([0, 0, 0, 99, 1]).toString('base64')],
  ])('that is %s has no type', (_case, base64) => {
    expect(keyType(Buffer.from(base64, 'base64'))).toBe(undefined);
  });
});

describe('judging a key', () => {
  const names = `[h]:2222 ${ed1}`;
  const cases: [string, string, string, number, HostKeyVerdict['kind']][] = [
    ['of a host on port 22', `h ${ed1}`, 'h', 22, 'known'],
    ['whatever the case of the name', `h ${ed1}`, 'H', 22, 'known'],
    ['of a host on another port', names, 'h', 2222, 'known'],
    ['known on another port only', names, 'h', 22, 'unknown'],
    ['known by the bare name on another port', `h ${ed1}`, 'h', 2222, 'known'],
    ['of another host on another port of the bare name', `h ${ed2}`, 'h', 2222, 'unknown'],
    ['of a host nobody knows', '', 'h', 22, 'unknown'],
    ['that changed', `h ${ed2}`, 'h', 22, 'changed'],
    ['of a host known by another type', `h ${ecdsa}`, 'h', 22, 'changed'],
    ['that is one of several', `h ${ed2}\nh ${ecdsa}\nh ${ed1}`, 'h', 22, 'known'],
    ['that is revoked further down', `h ${ed1}\n@revoked * ${ed1}`, 'h', 22, 'revoked'],
    ['that is revoked for other hosts', `h ${ed1}\n@revoked x ${ed1}`, 'h', 22, 'known'],
    ['beside a revoked one', `h ${ed1}\n@revoked * ${ed2}`, 'h', 22, 'known'],
    ['that a pattern excludes', `*,!h ${ed1}`, 'h', 22, 'unknown'],
    ['on a line that is no line', `h ssh-ed25519 ${ecdsa?.split(' ')[1]}\n@unknown h ${ed1}`, 'h', 22, 'unknown'],
    ['that is its own certificate authority', `@cert-authority h ${ed1}`, 'h', 22, 'unknown'],
  ];
  test.each(cases)('%s', (_case, text, host, port, kind) => {
    expect(judgeHostKey(parseKnownHosts(text, 'file'), host, port, key).kind).toBe(kind);
  });

  test('says which lines know another key', () => {
    const entries = parseKnownHosts(`# mine\n\nh ${ed2}\n`, '/etc/known');

    expect(judgeHostKey(entries, 'h', 22, key)).toMatchObject({ known: [{ file: '/etc/known', line: 3 }] });
  });

  test('tells that an authority vouches for the host', () => {
    const entries = parseKnownHosts(`@cert-authority *.example ${ed2}`, 'file');

    expect(judgeHostKey(entries, 'a.example', 22, key)).toEqual({ kind: 'unknown', authority: true });
  });
});

test('the algorithms whose keys are known come first, in their own order', () => {
  const algorithms = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'];

  expect(putKnownTypesFirst(algorithms, new Set(['ssh-rsa']))).toEqual([
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
  ]);
  expect(knownTypes(parseKnownHosts(`h ${ecdsa}\n@revoked h ${ed1}`, 'f'), 'h', 22)).toEqual(
    new Set(['ecdsa-sha2-nistp256']),
  );
});

describe('which lines speak of a host is what ssh-keygen -F finds', () => {
  const file = join(folder, 'known_hosts');
  const linesFound = (name: string): number[] => {
    const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' });
    return [...stdout.matchAll(/found: line (\d+)/g)].map(([, line]) => Number(line));
  };
  const linesOurs = (name: string): number[] =>
    entriesFor(parseKnownHosts(readFileSync(file, 'utf8'), file), name).map(({ line }) => line);

  const label = string({ unit: constantFrom('a', 'b', '1', '-', '.'), minLength: 1, maxLength: 4 }).filter(
    (text) => !text.startsWith('-'),
  );
  const port = constantFrom(22, 2222);
  const name = tuple(label, port).map(([host, number]) => knownHostName(host, number));
  const pattern = tuple(
    constantFrom('', '', '!'),
    string({ unit: constantFrom('a', 'b', '1', '.', '*', '?', '[', ']', ':', '2'), minLength: 1, maxLength: 5 }),
  ).map((parts) => parts.join(''));
  const marker = constantFrom('', '', '', '@revoked ', '@cert-authority ', '# ');
  const line = tuple(
    marker,
    array(constantFrom(pattern, name), { minLength: 1, maxLength: 3 }).chain((parts) => tuple(...parts)),
  );

  test('for any patterns', () => {
    assert(
      property(
        array(line, { minLength: 1, maxLength: 6 }),
        array(name, { minLength: 1, maxLength: 4 }),
        (lines, names) => {
          writeFileSync(file, lines.map(([mark, hosts]) => `${mark}${hosts.join(',')} ${ed1}\n`).join(''));

          for (const each of names) expect([each, linesOurs(each)]).toEqual([each, linesFound(each)]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('for hashed names', () => {
    assert(
      property(
        array(name, { minLength: 1, maxLength: 4 }),
        array(name, { minLength: 1, maxLength: 3 }),
        (known, names) => {
          writeFileSync(file, known.map((each) => `${each} ${ed1}\n`).join(''));
          execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
          rmSync(`${file}.old`);

          for (const each of [...known, ...names]) expect([each, linesOurs(each)]).toEqual([each, linesFound(each)]);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('and nothing breaks on lines that are none', () => {
    assert(
      property(string(), integer({ min: 1, max: 65_535 }), (text, number) => {
        expect(['known', 'unknown', 'changed', 'revoked']).toContain(
          judgeHostKey(parseKnownHosts(text, 'f'), text, number, key).kind,
        );
      }),
    );
  });
});
