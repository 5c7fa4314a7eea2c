import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { UsageError } from '../base/errors.ts';

/**
 * A `--limit` as one pattern: `@file` stands for the patterns in that file, one on a line, `#` before comments.
 * @throws UsageError when the file cannot be read
 */
export async function readLimit(limit: string, cwd: string): Promise<string> {
  const patterns: string[] = [];
  for (const part of limit.split(',').map((one) => one.trim())) {
    if (part.startsWith('@')) patterns.push(...(await readPatterns(part.slice(1), cwd)));
    else patterns.push(part);
  }
  return patterns.filter((part) => part !== '').join(',');
}

async function readPatterns(file: string, cwd: string): Promise<readonly string[]> {
  try {
    const text = await readFile(path.resolve(cwd, file), 'utf8');
    return text.split(/\r?\n/).map((line) => line.replace(/(?:^|\s)#.*$/, '').trim());
  } catch (cause) {
    throw new UsageError(`the file of --limit cannot be read: ${file}`, { cause });
  }
}
