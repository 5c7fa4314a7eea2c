import { readFileSync } from 'node:fs';

/** Of package.json, which lies two folders above both src/cli and dist/cli. */
export function readVersion(): string {
  const text: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown';
}
