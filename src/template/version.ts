/**
 * Compares versions as people mean them: a leading `v` is ignored, numbers compare as numbers, missing ones are 0, and
 * words that announce a version (alpha, beta, pre, rc, dev) come before it while all others come after it, so that
 * 1.32.0-rc1 < 1.32.0 < v1.32.0+k3s1 < v1.32.0+k3s2 and 6.1.0-28-amd64 > 6.1. Negative, zero or positive.
 */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = comparePart(left[i], right[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The operators of Ansible's `version` test. */
export const versionOperators = [
  '==',
  '=',
  'eq',
  '!=',
  '<>',
  'ne',
  '<',
  'lt',
  '<=',
  'le',
  '>',
  'gt',
  '>=',
  'ge',
] as const;

/** Undefined when the operator is none of {@link versionOperators}. */
export function testVersions(a: string, operator: string, b: string): boolean | undefined {
  const order = compareVersions(a, b);
  switch (operator) {
    case '==':
    case '=':
    case 'eq':
      return order === 0;
    case '!=':
    case '<>':
    case 'ne':
      return order !== 0;
    case '<':
    case 'lt':
      return order < 0;
    case '<=':
    case 'le':
      return order <= 0;
    case '>':
    case 'gt':
      return order > 0;
    case '>=':
    case 'ge':
      return order >= 0;
    default:
      return undefined;
  }
}

type Part = number | string;

function partsOf(version: string): readonly Part[] {
  const words =
    version
      .trim()
      .replace(/^v(?=\d)/i, '')
      .match(/\d+|[a-z]+/gi) ?? [];
  return words.map((word) => (/^\d/.test(word) ? Number(word) : word.toLowerCase()));
}

const announcements = ['dev', 'a', 'alpha', 'b', 'beta', 'c', 'pre', 'preview', 'rc'];

function comparePart(a: Part | undefined, b: Part | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return rank(a) - rank(b) || Number(a > b) - Number(a < b);
  if (typeof a === 'string') return rank(a) < 0 || b !== undefined ? -1 : 1;
  if (typeof b === 'string') return -comparePart(b, a);
  return (a ?? 0) - (b ?? 0);
}

/** Below zero for words that announce a version, in their order; zero for all others. */
function rank(word: string): number {
  const index = announcements.indexOf(word);
  return index === -1 ? 0 : index - announcements.length;
}
