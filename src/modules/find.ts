import { z } from 'zod';

import { type ShellCommand, sh } from '../base/sh.ts';
import type { Values } from '../base/value.ts';
import type { PathState } from '../host/query.ts';
import { defineModule, found } from './module.ts';
import { atMostOneOf, flag, wholeNumber, wordList } from './shared/args.ts';
import { globPattern } from './shared/glob-pattern.ts';
import { baseName, expandPath, withoutSlash } from './shared/paths.ts';
import { type Expression, pythonRegex } from './shared/python-regex.ts';

const types = { file: 'f', directory: 'd', link: 'l', any: undefined } as const;

const args = z
  .strictObject({
    paths: wordList('Folders to look in.').optional(),
    path: wordList('The same as `paths`.').optional(),
    patterns: wordList('Names, as patterns like `*.conf` (or expressions with `use_regex`); one must fit.').optional(),
    pattern: wordList('The same as `patterns`.').optional(),
    excludes: wordList('Names, as patterns; none may fit.').optional(),
    use_regex: flag('`patterns` and `excludes` are Python expressions for the whole name.'),
    file_type: z.enum(['file', 'directory', 'link', 'any']).default('file').describe('What to look for.'),
    recurse: flag('Look below sub-folders, too.'),
    depth: wholeNumber('With `recurse`: how many levels down.', { min: 1 }).optional(),
    hidden: flag('Also names that start with a dot.'),
    age: z
      .union([z.int(), z.string().regex(/^-?\d+[smhdw]?$/, 'must be a time such as 2d, or -1h')])
      .optional()
      .describe('At least so old (`2d`), or with a minus at most.'),
    size: z
      .union([z.int(), z.string().regex(/^-?\d+[bkmgt]?$/, 'must be a size such as 10m, or -1k')])
      .optional()
      .describe('At least so large (`10m`), or with a minus at most.'),
    contains: z.string().optional().describe('A line of the file fits this extended expression (grep -E).'),
    follow: flag('Follow links.'),
    get_checksum: flag('Compute the SHA-256 sums of files.'),
  })
  .superRefine((values, context) => {
    atMostOneOf(values, ['paths', 'path'], context);
    atMostOneOf(values, ['patterns', 'pattern'], context);
    if (values.paths === undefined && values.path === undefined) {
      context.addIssue({ code: 'custom', path: ['paths'], message: 'needs folders to look in' });
    }
  });

type Args = z.output<typeof args>;

/** Lists paths by name, type, age and size. */
export const find = defineModule({
  name: 'find',
  summary: 'List the paths below folders that fit; the answer is in the member `files` of the result.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [{ title: 'Old logs', args: { paths: '/var/log', patterns: '*.log,*.gz', recurse: true, age: '30d' } }],

  async plan({ args: wanted, host }) {
    const folders = await Promise.all((wanted.paths ?? wanted.path ?? []).map((path) => expandPath(host, path)));
    const { stdout } = await host.probe(findCommand(wanted, folders.map(withoutSlash)));
    const paths = stdout.split('\0').filter((path) => path.startsWith('/') && fitsName(wanted, baseName(path)));
    const want = wanted.get_checksum === true ? { want: 'sum' as const } : {};
    const states = await Promise.all(
      paths.toSorted().map((path) => host.path(path, { follow: wanted.follow === true, ...want })),
    );
    const files = states.filter(({ type }) => type !== 'absent').map((state) => describe(state));
    return found({ files, matched: files.length, examined: paths.length });
  },
});

/** Names are compared here; everything else is left to find(1), with the options that GNU and busybox share. */
function findCommand(wanted: Args, folders: readonly string[]): ShellCommand {
  const type = types[wanted.file_type];
  const depth = wanted.recurse === true ? wanted.depth : 1;
  const tests = [
    ...(depth === undefined ? [] : ['-maxdepth', depth]),
    ...(wanted.hidden === true ? [] : ['!', '-name', '.*']),
    ...(type === undefined ? [] : ['-type', type]),
    ...ageTest(wanted.age),
    ...sizeTest(wanted.size),
    ...(wanted.contains === undefined ? [] : ['-exec', 'grep', '-Eq', '--', wanted.contains, '{}', ';']),
  ];
  const follow = wanted.follow === true ? ['-L'] : [];
  return sh`find ${follow} ${folders} -mindepth 1 ${tests} -print0 2>/dev/null`;
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function ageTest(age: Args['age']): readonly string[] {
  if (age === undefined) return [];
  const { isLess, amount, unit } = split(String(age));
  const minutes = Math.floor((amount * (secondsOf[unit] ?? 1)) / 60);
  return ['-mmin', isLess ? `-${minutes + 1}` : `+${Math.max(0, minutes - 1)}`];
}

const bytesOf: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

function sizeTest(size: Args['size']): readonly string[] {
  if (size === undefined) return [];
  const { isLess, amount, unit } = split(String(size));
  const bytes = amount * (bytesOf[unit] ?? 1);
  return ['-size', isLess ? `-${bytes + 1}c` : `+${Math.max(0, bytes - 1)}c`];
}

function split(text: string): { readonly isLess: boolean; readonly amount: number; readonly unit: string } {
  const [, minus = '', amount = '0', unit = ''] = /^(-?)(\d+)(\w?)$/.exec(text) ?? [];
  return { isLess: minus !== '', amount: Number(amount), unit };
}

function fitsName({ patterns, pattern, excludes = [], use_regex: isRegex }: Args, name: string): boolean {
  const compile = (text: string): Pick<Expression, 'test'> =>
    isRegex === true ? pythonRegex(String.raw`\A(?:${text})\Z`) : globPattern(text);
  const wanted = patterns ?? pattern ?? [];
  const isIn = wanted.length === 0 || wanted.some((text) => compile(text).test(name));
  return isIn && !excludes.some((text) => compile(text).test(name));
}

function describe({
  path,
  type,
  mode,
  owner,
  group,
  uid,
  gid,
  sizeBytes,
  modifiedAt,
  sha256,
  target,
}: PathState): Values {
  return {
    path,
    mode: mode.padStart(4, '0'),
    isdir: type === 'directory',
    isreg: type === 'file',
    islnk: type === 'link',
    pw_name: owner,
    gr_name: group,
    uid,
    gid,
    size: sizeBytes,
    mtime: modifiedAt,
    ...(sha256 !== undefined && { checksum: sha256 }),
    ...(target !== undefined && { lnk_target: target }),
  };
}
