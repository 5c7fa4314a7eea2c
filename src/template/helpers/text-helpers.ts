import { quote } from '../../base/sh.ts';
import type { Value } from '../../base/value.ts';
import { HelperError, list, number, text } from '../helper.ts';
import type { HelperTable } from '../helper.ts';
import { compileRegex, matchAll, matchFirst } from '../regex.ts';

export const textHelpers: HelperTable = {
  lower: { usage: 'lower text', summary: 'Small letters.', run: ([value]) => text(value).toLowerCase() },
  upper: { usage: 'upper text', summary: 'Capital letters.', run: ([value]) => text(value).toUpperCase() },
  capitalize: {
    usage: 'capitalize text',
    summary: 'The first letter as a capital, the rest small.',
    run: ([value]) => text(value).charAt(0).toUpperCase() + text(value).slice(1).toLowerCase(),
  },
  trim: { usage: 'trim text', summary: 'Without the white space around it.', run: ([value]) => text(value).trim() },
  replace: {
    usage: 'replace text old new',
    summary: 'Every `old` replaced by `new`, as plain text.',
    run: ([value, old, to]) => text(value).replaceAll(text(old, 'what is replaced'), () => text(to, 'the replacement')),
  },
  regex_replace: {
    usage: 'regex_replace text pattern [replacement]',
    summary: 'Every match replaced; `\\1` and `\\g<name>` stand for what a group matched.',
    named: ['ignorecase', 'multiline'],
    run: ([value, pattern, to = ''], { named }) =>
      replaceMatches(
        text(value),
        compileRegex(text(pattern, 'the pattern'), flagsOf(named)),
        text(to, 'the replacement'),
      ),
  },
  regex_search: {
    usage: 'regex_search text pattern [group]',
    summary: 'The first match, or a group of it; empty (null) when nothing matches.',
    named: ['ignorecase', 'multiline'],
    run: ([value, pattern, group = 0], { named }) => {
      const match = matchFirst(compileRegex(text(pattern, 'the pattern'), flagsOf(named)), text(value));
      return match === undefined
        ? null
        : (groupOf(match, text(group, 'the group').replace(/^\\(?:g<(\w+)>)?/, '$1')) ?? null);
    },
  },
  regex_findall: {
    usage: 'regex_findall text pattern',
    summary: 'All matches; with one group what it matched, with several a list of lists.',
    named: ['ignorecase', 'multiline'],
    run: ([value, pattern], { named }) =>
      matchAll(compileRegex(text(pattern, 'the pattern'), flagsOf(named)), text(value)).map((match) => groupsOf(match)),
  },
  regex_escape: {
    usage: 'regex_escape text',
    summary: 'The text as a pattern that matches just it.',
    run: ([value]) => text(value).replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`),
  },
  split: {
    usage: 'split text [separator]',
    summary: 'The parts between separators; without one, the words between white space.',
    run: ([value, separator]) => {
      if (separator === undefined) {
        return text(value)
          .split(/\s+/)
          .filter((word) => word !== '');
      }
      if (separator === '') throw new HelperError('the separator must not be empty');
      return text(value).split(text(separator, 'the separator'));
    },
  },
  join: {
    usage: 'join list [separator]',
    summary: 'The items one after the other, with the separator between them.',
    run: ([value, separator = '']) =>
      list(value)
        .map((item) => text(item, 'an item'))
        .join(text(separator, 'the separator')),
  },
  concat: {
    usage: 'concat text',
    summary: 'All values as one text.',
    rest: true,
    run: (values) => values.map((one) => text(one)).join(''),
  },
  quote: { usage: 'quote text', summary: 'One word for a shell.', run: ([value]) => quote(text(value)) },
  indent: {
    usage: 'indent text [width] [first]',
    summary: 'Lines indented by `width` spaces (4), the first one only when `first` is true; empty lines stay empty.',
    run: ([value, width = 4, first = false]) =>
      indent(text(value), ' '.repeat(number(width, 'the width')), first === true),
  },
  comment: {
    usage: 'comment text [prefix]',
    summary: 'Each line as a comment, after `# ` or another prefix.',
    run: ([value, prefix = '# ']) =>
      text(value)
        .split('\n')
        .map((line) => `${text(prefix)}${line}`.trimEnd())
        .join('\n'),
  },
  truncate: {
    usage: 'truncate text length',
    summary: 'At most so many characters.',
    run: ([value, length]) => text(value).slice(0, number(length, 'the length')),
  },
  basename: {
    usage: 'basename path',
    summary: 'What follows the last slash.',
    run: ([value]) => text(value).slice(text(value).lastIndexOf('/') + 1),
  },
  dirname: {
    usage: 'dirname path',
    summary: 'What stands before the last slash.',
    run: ([value]) => /^(.*[^/])?\/+[^/]*$/.exec(text(value))?.[1] ?? (text(value).startsWith('/') ? '/' : ''),
  },
};

function flagsOf(named: Readonly<Record<string, unknown>>): string {
  return `${named['ignorecase'] === true ? 'i' : ''}${named['multiline'] === true ? 'm' : ''}`;
}

/** As Python's `findall` gives a match. */
function groupsOf(match: RegExpExecArray): Value {
  const groups = match.slice(1).map((one: string | undefined) => one ?? '');
  return groups.length > 1 ? groups : (groups[0] ?? match[0]);
}

function groupOf(match: RegExpExecArray, group: string): string | undefined {
  return /^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group];
}

/** Python's replacement syntax: `\1`, `\g<1>`, `\g<name>`; a doubled backslash is one. */
function replaceMatches(subject: string, regex: RegExp, replacement: string): string {
  let result = '';
  let at = 0;
  for (const match of matchAll(regex, subject)) {
    const filled = replacement.replaceAll(/\\(?:(\d+)|g<(\w+)>|(\\)|n)/g, (escape, digits, name, backslash) => {
      if (backslash !== undefined) return '\\';
      return escape === '\\n' ? '\n' : (groupOf(match, String(digits ?? name)) ?? '');
    });
    result += subject.slice(at, match.index) + filled;
    at = match.index + match[0].length;
  }
  return result + subject.slice(at);
}

function indent(value: string, prefix: string, first: boolean): string {
  return value
    .split('\n')
    .map((line, i) => (line === '' || (i === 0 && !first) ? line : prefix + line))
    .join('\n');
}
