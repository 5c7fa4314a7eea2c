import { createPrivateKey, sign } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';

import ssh2, { type ParsedKey } from 'ssh2';

import type { Secret } from '../base/secret.ts';
import type { LoginNote } from './explain.ts';
import { publicKeyOf } from './fingerprint.ts';
import { codeOf, messageOf } from './system-error.ts';

/** A private key's file as far as it could be read. */
export interface KeyFile {
  readonly path: string;
  /** Absent when the key cannot be used from the file; an agent may still hold it. */
  readonly key?: ParsedKey;
  /** The public half, also of a key that cannot be read, if FILE.pub is there. */
  readonly publicKey?: Buffer;
  /** Why there is no `key`, or why it may not be enough. */
  readonly problem?: LoginNote;
  readonly isMissing: boolean;
}

/**
 * The key files of one controller. Each is parsed once: decrypting one blocks the event loop for a third of a second, which a fleet
 * cannot pay per host.
 */
export class PrivateKeys {
  readonly #files = new Map<string, Promise<KeyFile>>();

  async load(path: string, passphrase?: Secret): Promise<KeyFile> {
    const id = `${path}\0${passphrase?.reveal() ?? ''}`;
    let file = this.#files.get(id);
    if (file === undefined) {
      file = readKeyFile(path, passphrase);
      this.#files.set(id, file);
    }
    return file;
  }
}

async function readKeyFile(path: string, passphrase: Secret | undefined): Promise<KeyFile> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    const isMissing = codeOf(error) === 'ENOENT';
    return { path, isMissing, problem: { text: isMissing ? `${path} does not exist` : messageOf(error) } };
  }
  const parsed = parse(text, passphrase);
  if (parsed instanceof Error) {
    const publicKey = await readPublicKey(`${path}.pub`);
    return { path, isMissing: false, problem: explain(path, parsed, passphrase), ...(publicKey && { publicKey }) };
  }
  const hasCertificate = await exists(`${path}-cert.pub`);
  const note: LoginNote = { text: `${path} has a certificate, which only the system's ssh can show`, cure: 'openssh' };
  return {
    path,
    isMissing: false,
    key: parsed,
    publicKey: parsed.getPublicSSH(),
    ...(hasCertificate && { problem: note }),
  };
}

function parse(text: Buffer, passphrase: Secret | undefined): ParsedKey | Error {
  // The OpenSSH format allows for several keys, and ssh2 may then give a list, which its types do not say.
  const parsed: unknown = ssh2.utils.parseKey(text, passphrase?.reveal());
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) return key;
  if (!isParsedKey(key)) return new Error('it holds no key');
  return key.isPrivateKey() ? readOnce(key) : new Error('it is a public key');
}

/** ssh2 reads the key's text for every signature, which takes ten times as long as signing; of a fleet, each host asks for one. */
function readOnce(key: ParsedKey): ParsedKey {
  if (key.type !== 'ssh-ed25519') return key;
  const read = createPrivateKey(key.getPrivatePEM());
  key.sign = (data) => sign(null, Buffer.from(data), read);
  return key;
}

function isParsedKey(value: unknown): value is ParsedKey {
  return typeof value === 'object' && value !== null && 'isPrivateKey' in value;
}

function explain(path: string, error: Error, passphrase: Secret | undefined): LoginNote {
  const text = error.message;
  if (/no passphrase given/i.test(text)) {
    return { text: `${path} is encrypted and there is no passphrase for it`, cure: 'passphrase' };
  }
  if (text.includes('key type: sk-')) return { text: `${path} is a security key`, cure: 'openssh' };
  if (passphrase !== undefined && /bad decrypt|bad passphrase|integrity check/i.test(text)) {
    return { text: `the passphrase of ${path} is wrong`, cure: 'passphrase' };
  }
  return { text: `${path} cannot be read as a private key (${text})` };
}

async function readPublicKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : publicKeyOf(text);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
