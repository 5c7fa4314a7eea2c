import { createHmac, timingSafeEqual } from 'node:crypto';

import { keyType } from './fingerprint.ts';

/** One key of a known_hosts file; the format is sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHost {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker?: 'revoked' | 'cert-authority';
  /** Patterns with commas between them, or one hashed name. */
  readonly hosts: string;
  readonly type: string;
  readonly key: Buffer;
}

/** What known_hosts says about the key a host has shown. */
export type HostKeyVerdict =
  | { readonly kind: 'known' }
  /** Nothing is known of the host; `authority` when a certificate authority vouches for such hosts instead. */
  | { readonly kind: 'unknown'; readonly authority: boolean }
  /** Other keys are known for the host, of the same type or not. */
  | { readonly kind: 'changed'; readonly known: readonly KnownHost[] }
  | { readonly kind: 'revoked'; readonly by: KnownHost };

/** Reads the lines of a known_hosts file. Lines ssh would not understand are left out, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, i) => parseLine(line, file, i + 1) ?? []);
}

function parseLine(text: string, file: string, line: number): KnownHost | undefined {
  const words = text.trim().split(/[ \t]+/);
  const marker = markers.get(words[0] ?? '');
  if (marker !== undefined) words.shift();
  const [hosts = '', type = '', base64 = ''] = words;
  if (hosts.startsWith('#') || hosts.startsWith('@') || base64 === '') return undefined;
  const key = Buffer.from(base64, 'base64');
  return keyType(key) === type ? { file, line, ...(marker && { marker }), hosts, type, key } : undefined;
}

const markers: ReadonlyMap<string, 'revoked' | 'cert-authority'> = new Map([
  ['@revoked', 'revoked'],
  ['@cert-authority', 'cert-authority'],
]);

/** How known_hosts names a host: bare on port 22, otherwise "[host]:port". */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/**
 * Judges a key. As with ssh, a host on another port may also be known by its bare name. Unlike ssh, a host of which only keys of
 * other types are known is `changed`: else leaving out one key type would be enough to pass for a new host.
 */
export function judgeHostKey(entries: readonly KnownHost[], host: string, port: number, key: Buffer): HostKeyVerdict {
  const bare = knownHostName(host, 22);
  const named = entriesFor(entries, knownHostName(host, port));
  const bareNamed = port === 22 ? [] : entriesFor(entries, bare);
  const by = [...named, ...bareNamed].find((entry) => entry.marker === 'revoked' && entry.key.equals(key));
  if (by !== undefined) return { kind: 'revoked', by };

  const known = named.filter(({ marker }) => marker === undefined);
  if (known.some((entry) => entry.key.equals(key))) return { kind: 'known' };
  if (known.length > 0) return { kind: 'changed', known };
  if (bareNamed.some((entry) => entry.marker === undefined && entry.key.equals(key))) return { kind: 'known' };
  return { kind: 'unknown', authority: named.some(({ marker }) => marker === 'cert-authority') };
}

/** The types of key that are known of a host. */
export function knownTypes(entries: readonly KnownHost[], host: string, port: number): Set<string> {
  const named = entriesFor(entries, knownHostName(host, port));
  const own = named.length > 0 ? named : entriesFor(entries, knownHostName(host, 22));
  return new Set(own.filter(({ marker }) => marker === undefined).map(({ type }) => type));
}

/**
 * Puts the host key algorithms first whose keys can be checked, so that the host shows one of those (OpenSSH's
 * order_hostkeyalgs does the same).
 */
export function putKnownTypesFirst<T extends string>(
  algorithms: readonly T[],
  types: ReadonlySet<string | undefined>,
): T[] {
  const isKnown = (algorithm: T): boolean => types.has(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  return [...algorithms.filter(isKnown), ...algorithms.filter((algorithm) => !isKnown(algorithm))];
}

/** The lines that speak of a host; `name` is a {@link knownHostName}. */
export function entriesFor(entries: readonly KnownHost[], name: string): KnownHost[] {
  return entries.filter(({ hosts }) => (hosts.startsWith('|') ? isHashOf(hosts, name) : matchesPatterns(hosts, name)));
}

/** "|1|salt|hash", both base64: the hash is HMAC-SHA1 of the name. */
function isHashOf(hosts: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hosts.split('|');
  if (version !== '1') return false;
  const wanted = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return wanted.length === actual.length && timingSafeEqual(wanted, actual);
}

function matchesPatterns(patterns: string, name: string): boolean {
  // As most lines are; every host looks at all of them.
  if (!/[,*?!]/.test(patterns)) return patterns.length === name.length && patterns.toLowerCase() === name;
  let matched = false;
  for (const pattern of patterns.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesGlob(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** `*` and `?` only; everything else, brackets too, stands for itself. */
function matchesGlob(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const source = pattern
    .replaceAll(/[^\w*?]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
