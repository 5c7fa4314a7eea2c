import type { UnreachableError } from '../base/errors.ts';
import { keyType, publicKeyOf } from './fingerprint.ts';
import { refusedHostKey } from './host-key-refusal.ts';
import { judgeHostKey, knownTypes, putKnownTypesFirst, type KnownHost } from './known-hosts.ts';
import type { KnownHostsFiles } from './known-hosts-files.ts';
import type { Target } from './target.ts';

/** Decides about the key one host shows during one handshake, and again at every rekeying. */
export class HostKeyCheck {
  readonly #target: Target;
  readonly #files: KnownHostsFiles;
  readonly #known: readonly KnownHost[];
  readonly #pinned: readonly Buffer[];
  #accepted: Buffer | undefined;
  #isNew = false;
  #refusal: UnreachableError | undefined;

  private constructor(target: Target, files: KnownHostsFiles, known: readonly KnownHost[]) {
    this.#target = target;
    this.#files = files;
    this.#known = known;
    this.#pinned = target.pinnedHostKeys.map(publicKeyOf);
  }

  /** @throws UnreachableError when a known_hosts file cannot be read. */
  static async prepare(target: Target, files: KnownHostsFiles): Promise<HostKeyCheck> {
    return new HostKeyCheck(target, files, await files.read(target.knownHostsFiles));
  }

  /** Why the key was refused. */
  get refusal(): UnreachableError | undefined {
    return this.#refusal;
  }

  order<T extends string>(algorithms: readonly T[]): T[] {
    const { hostKeyName, hostKeyPort: port } = this.#target;
    const isPinned = this.#pinned.length > 0;
    const types = isPinned ? new Set(this.#pinned.map(keyType)) : knownTypes(this.#known, hostKeyName, port);
    return putKnownTypesFirst(algorithms, types);
  }

  accepts(key: Buffer): boolean {
    if (this.#accepted !== undefined) return this.#accepted.equals(key);
    this.#refusal = this.#judge(key);
    if (this.#refusal === undefined) this.#accepted = Buffer.from(key);
    return this.#refusal === undefined;
  }

  /**
   * Stores a new host's key. To be called when the handshake is through, for only then has the host proved that the key is its own.
   * @throws UnreachableError when it cannot be stored, or when another key has been stored for the host in between.
   */
  async remember(): Promise<void> {
    if (!this.#isNew || this.#accepted === undefined) return;
    const { knownHostsFiles, hostKeyName, hostKeyPort: port } = this.#target;
    const verdict = await this.#files.add(knownHostsFiles, hostKeyName, port, this.#accepted);
    if (verdict.kind === 'known' || verdict.kind === 'unknown') return;
    throw refusedHostKey(this.#target, this.#accepted, verdict);
  }

  #judge(key: Buffer): UnreachableError | undefined {
    const { hostKeyName, hostKeyPort: port, hostKeyPolicy } = this.#target;
    const verdict = judgeHostKey(this.#known, hostKeyName, port, key);
    if (verdict.kind === 'revoked') return refusedHostKey(this.#target, key, verdict);
    if (this.#pinned.length > 0) {
      const isPinned = this.#pinned.some((pinned) => pinned.equals(key));
      return isPinned ? undefined : refusedHostKey(this.#target, key, { kind: 'not-pinned' });
    }
    if (verdict.kind === 'known' || hostKeyPolicy === 'off') return undefined;
    this.#isNew = verdict.kind === 'unknown' && hostKeyPolicy === 'accept-new' && !verdict.authority;
    return this.#isNew ? undefined : refusedHostKey(this.#target, key, verdict);
  }
}
