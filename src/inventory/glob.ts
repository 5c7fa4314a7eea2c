/** A glob of host names as a regular expression: `*`, `?`, `[abc]`, `[!abc]`, as Python's fnmatch reads them. */
export function globToRegex(glob: string): RegExp {
  const source = glob.replaceAll(/\*|\?|\[!?\]?[^\]]*\]|[^]/g, (part) => {
    if (part === '*') return '[^]*';
    if (part === '?') return '[^]';
    return part.length > 1 ? charClass(part) : part.replace(/[\\^$.+(){}|[\]/-]/, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`);
}

/** A range that is upside down, as in `[9-0]`, matches nothing. */
function charClass(part: string): string {
  if ([...part.matchAll(/([^])-([^\]])/g)].some(([, from = '', to = '']) => from > to)) return '(?!)';
  const inner = part.slice(1, -1).replaceAll(/[\\\]^]/g, String.raw`\$&`);
  return inner.startsWith('!') ? `[^${inner.slice(1)}]` : `[${inner}]`;
}
