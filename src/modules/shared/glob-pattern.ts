/** A pattern for names: `*`, `?`, `[abc]`, `[!abc]`; everything else stands for itself. */
export function globPattern(pattern: string): RegExp {
  const source = pattern.replaceAll(/\[(!?)([^\]]+)\]|([*?])|([.+^${}()|[\]\\])/g, (_, not, set, wild, special) => {
    if (typeof set === 'string') return `[${not === '' ? '' : '^'}${set.replaceAll(/[\\^]/g, String.raw`\$&`)}]`;
    if (typeof special === 'string') return `\\${special}`;
    return wild === '*' ? '.*' : '.';
  });
  return new RegExp(`^${source}$`, 's');
}
