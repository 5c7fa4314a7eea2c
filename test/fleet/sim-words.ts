/** Splits a line of shell into words: blanks separate, single quotes group, `\'` is a quote. Other shell syntax is left as it is. */
export function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  const pattern = /(?:'[^']*'|\\'|[^\s'\\])+/g;
  for (const [word] of line.matchAll(pattern)) {
    words.push(word.replaceAll(/'([^']*)'|\\'/g, (_whole, quoted?: string) => quoted ?? "'"));
  }
  return words;
}
