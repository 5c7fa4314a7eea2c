import { createHash } from 'node:crypto';

/** A public key's fingerprint as `ssh-keygen -l` prints it: "SHA256:" and base64 without padding. Takes the key's blob. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type a key blob names ("ssh-ed25519"), or undefined when it is no key blob (RFC 4253, section 6.6). */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length === 0 || length > 64 || key.length < 4 + length ? undefined : key.toString('latin1', 4, 4 + length);
}

/** "ssh-ed25519 SHA256:…", how a key is named in messages. */
export function describeKey(key: Buffer): string {
  return `${keyType(key) ?? 'unreadable key'} ${fingerprint(key)}`;
}

/** The blob of a public key as it is written in files: "type base64 comment". Empty when it is no such line. */
export function publicKeyOf(line: string): Buffer {
  return Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64');
}
