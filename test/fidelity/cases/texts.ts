import { asks, type Case, matrix, type States } from '../case.ts';
import { fileStates } from './paths.ts';

const block = String.raw`mkdir f; printf 'first\n# BEGIN ANSIBLE MANAGED BLOCK\nwanted\n# END ANSIBLE MANAGED BLOCK\nlast\n' >f/t`;

const iniStates: States = {
  'as wanted': String.raw`mkdir f; printf '[s]\no = v\n' >f/t`,
  'other value': String.raw`mkdir f; printf '[s]\no=w\nx=1\n[other]\no=v\n' >f/t`,
  commented: String.raw`mkdir f; printf '[s]\n#o = w\n; o = u\n' >f/t`,
  twice: String.raw`mkdir f; printf '[s]\no = v\no = w\n[s]\no = u\n' >f/t`,
  'before any section': String.raw`mkdir f; printf 'o = v\n' >f/t`,
};

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1JcLdvyGv0k7cQ7Gf2o3Zk7aN7h0X2a9gq3N6k0aBc';
const otherKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1JcLdvyGv0k7cQ7Gf2o3Zk7aN7h0X2a9gq3N6k0aBd';

const keyStates: States = {
  'the key is there': `mkdir f; echo '${key} me' >f/t`,
  'with another comment': `mkdir f; echo '${key} you' >f/t`,
  'another key': `mkdir f; echo '${otherKey} me' >f/t; chmod 644 f/t`,
  'the key twice': `mkdir f; printf '%s\\n' '${key} me' '# remark' '${otherKey}' '${key} me' >f/t`,
};

const hostKeyStates: States = {
  'the host is known': `mkdir f; echo 'h.example ${key}' >f/t`,
  'with another key': `mkdir f; echo 'h.example ${otherKey}' >f/t`,
  'with another host': `mkdir f; echo 'h.example,g.example ${key}' >f/t`,
  twice: `mkdir f; printf '%s\\n' 'h.example ${otherKey}' 'h.example ${key}' 'h.example ${key}' >f/t`,
};

/** Modules that change a part of a text file. */
export const textCases: readonly Case[] = [
  ...matrix(
    'lineinfile',
    fileStates,
    asks({
      line: { path: '@d/f/t', line: 'wanted' },
      'line, made if need be': { path: '@d/f/t', line: 'wanted', create: true, mode: '0640', owner: 'ops' },
      expression: { path: '@d/f/t', regexp: '^(other|between)', line: 'wanted too', create: true },
      'first that fits': { path: '@d/f/t', regexp: '^w', line: 'wanted', firstmatch: true },
      'plain text': { path: '@d/f/t', search_string: 'nes =', line: 'lines = 2' },
      'before the rest': { path: '@d/f/t', line: 'top', insertbefore: 'BOF', create: true },
      'behind a line': { path: '@d/f/t', line: 'next', insertafter: '^wanted' },
      'no such line': { path: '@d/f/t', line: 'wanted', state: 'absent' },
      'nothing that fits': { path: '@d/f/t', regexp: 'e', state: 'absent', mode: '0600' },
      checked: { path: '@d/f/t', line: 'wanted', validate: 'test -s %s' },
    }),
  ),
  // Of two lines that fit, one is replaced by each run, as by Ansible's.
  ...matrix(
    'lineinfile',
    fileStates,
    asks(
      { 'with groups': { path: '@d/f/t', regexp: '^(wan)(ted)$', line: String.raw`\2\1`, backrefs: true } },
      { repeats: true },
    ),
  ),
  ...matrix(
    'blockinfile',
    { ...fileStates, 'the block is there': block, 'another block': block.replace('wanted', String.raw`other\nlines`) },
    asks({
      block: { path: '@d/f/t', block: 'wanted' },
      'block, made if need be': { path: '@d/f/t', block: 'wanted\n', create: true, mode: '0600' },
      'before the rest': { path: '@d/f/t', block: 'wanted', insertbefore: 'BOF', marker: '; {mark}', create: true },
      'empty block': { path: '@d/f/t', block: '' },
      'no block': { path: '@d/f/t', state: 'absent' },
    }),
  ),
  ...matrix(
    'replace',
    fileStates,
    asks({
      text: { path: '@d/f/t', regexp: 'wanted|other', replace: 'found' },
      'with groups': { path: '@d/f/t', regexp: '^(w)(.*)$', replace: String.raw`\2\1`, mode: '0600' },
      'the same again': { path: '@d/f/t', regexp: '^wanted$', replace: 'wanted' },
      'behind something': { path: '@d/f/t', regexp: 'e', replace: '', after: 'b', before: 'after' },
    }),
  ),
  ...matrix(
    'ini_file',
    { ...fileStates, ...iniStates },
    asks({
      option: { path: '@d/f/t', section: 's', option: 'o', value: 'v' },
      'without blanks, with rights': {
        path: '@d/f/t',
        section: 's',
        option: 'o',
        value: 'v',
        no_extra_spaces: true,
        mode: '0600',
      },
      'no section': { path: '@d/f/t', option: 'o', value: 'v', create: false },
      'no option': { path: '@d/f/t', section: 's', option: 'o', state: 'absent' },
      'no such section': { path: '@d/f/t', section: 's', state: 'absent' },
    }),
  ),
  ...matrix(
    'authorized_key',
    { ...fileStates, ...keyStates },
    asks({
      key: { user: 'ops', key: `${key} me`, path: '@d/f/t' },
      'key with options': { user: 'ops', key: `${key} me`, path: '@d/f/t', key_options: 'no-pty', comment: 'us' },
      'only this key': { user: 'ops', key: `${key} me`, path: '@d/f/t', exclusive: true },
      'no such key': { user: 'ops', key: `${key} me`, path: '@d/f/t', state: 'absent' },
      nobody: { user: 'nobody-@n', key: `${key} me` },
    }),
  ),
  ...matrix(
    'known_hosts',
    { ...fileStates, ...hostKeyStates },
    asks({
      known: { name: 'h.example', key: `h.example ${key}`, path: '@d/f/t' },
      'not known': { name: 'h.example', path: '@d/f/t', state: 'absent' },
    }),
  ),
];
