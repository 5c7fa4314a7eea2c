import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

import type { CallFrame } from './flame-graph.ts';

/** Which source a frame of the built program is of, by the maps beside its files: "src/run/segment.ts", "ssh2", "node:net". */
export function sourceOfFrame(): (frame: CallFrame) => string {
  const maps = new Map<string, SourceMap | undefined>();
  return ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:')) return url;
    if (!maps.has(url)) maps.set(url, mapOf(fileURLToPath(url)));
    const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
    const source = entry !== undefined && 'originalSource' in entry ? entry.originalSource : url;
    const [, library] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
    return library ?? source.replace(/^.*?(?=src\/)/, '');
  };
}

function mapOf(file: string): SourceMap | undefined {
  if (!existsSync(`${file}.map`)) return undefined;
  const payload: SourceMapPayload = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
  return new SourceMap(payload);
}
