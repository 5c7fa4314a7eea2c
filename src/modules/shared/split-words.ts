/**
 * Splits a command line into words as a POSIX shell does, without its expansions: quotes group, a backslash takes the next
 * character as it is. Undefined when a quote is not closed.
 */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let rest = line;
  while (rest !== '') {
    const token = tokens.exec(rest);
    if (token === null) return undefined;
    const [whole, space, single, double, escaped, plain] = token;
    rest = rest.slice(whole.length);
    if (space === undefined) {
      word = (word ?? '') + (single ?? double?.replaceAll(/\\([\\"$`])/g, '$1') ?? escaped ?? plain ?? '');
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

const tokens = /^(?:(\s+)|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+))/;
