import { Composer, Parser, YAMLParseError } from 'yaml';
import type { CST, Document, LineCounter } from 'yaml';

/**
 * Parses text into the library's tree. Undefined when collections are nested deeper than `maxDepth`: the tree is built by
 * recursion, and V8 aborts the process when a regular expression is compiled with the stack nearly full.
 */
export function parseDocument(text: string, lineCounter: LineCounter, maxDepth: number): Document.Parsed | undefined {
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  if (tokens.some((token) => isDeeperThan(token, maxDepth))) return undefined;
  // Duplicate keys are found by the converter: the library's own check is quadratic.
  const composer = new Composer({ lineCounter, merge: true, uniqueKeys: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (document !== undefined && second !== undefined) {
    const [start] = second.range;
    document.errors.push(new YAMLParseError([start, start + 1], 'MULTIPLE_DOCS', 'a second document'));
  }
  return document;
}

function isDeeperThan(root: CST.Token, maxDepth: number): boolean {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return true;
    for (const inner of innerTokens(token)) open.push({ token: inner, depth: depth + 1 });
  }
  return false;
}

function innerTokens(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}
