import { createHmac, hash } from 'node:crypto';

/** SHA-256 in lower-case hex; text is taken as UTF-8. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** 32 hex digits that stand for a text: HMAC-SHA-256 with the salt (hex) as its key, cut in half. */
export function saltedDigest(salt: string, text: string): string {
  return createHmac('sha256', Buffer.from(salt, 'hex')).update(text).digest('hex').slice(0, 32);
}
