import { assertNever } from '../base/assert-never.ts';
import { UnreachableError } from '../base/errors.ts';
import { useOpenssh } from './explain.ts';
import { describeKey, fingerprint, keyType, publicKeyOf } from './fingerprint.ts';
import type { HostKeyVerdict, KnownHost } from './known-hosts.ts';
import { formatAddress, type Target } from './target.ts';

/** Why a host key may not be accepted. */
export type HostKeyRefusal =
  | Exclude<HostKeyVerdict, { readonly kind: 'known' }>
  /** The inventory names other keys. */
  | { readonly kind: 'not-pinned' };

/** Says which key was shown, which was expected, where that is written, and what to do. */
export function refusedHostKey(target: Target, key: Buffer, refusal: HostKeyRefusal): UnreachableError {
  const where = formatAddress(target);
  const shown = describeKey(key);
  switch (refusal.kind) {
    case 'unknown':
      return unknown(target, key, refusal.authority);
    case 'changed':
      return changed(target, key, refusal.known);
    case 'revoked':
      return new UnreachableError(
        `${where} shows a revoked host key: ${shown}, revoked by ${refusal.by.file}:${refusal.by.line}`,
        { hint: 'Whoever answers there holds a key that must not be trusted. Give the host a new one.' },
      );
    case 'not-pinned': {
      const pinned = target.pinnedHostKeys.map((line) => fingerprint(publicKeyOf(line)));
      return new UnreachableError(
        `${where} shows ${shown}, which is not a key the inventory pins for it (${pinned.join(', ')})`,
        { hint: 'Correct the pinned keys in the inventory if you know that the host has a new one.' },
      );
    }
    default:
      return assertNever(refusal);
  }
}

function unknown(target: Target, key: Buffer, hasAuthority: boolean): UnreachableError {
  const name = formatAddress({ address: target.hostKeyName, port: target.hostKeyPort });
  // The second names of ssh's files are old, and would only lengthen the list.
  const files = target.knownHostsFiles.filter((file) => !file.endsWith('known_hosts2'));
  const ownFile = `/etc/ssh/ssh_host_${keyType(key)?.replace(/^ssh-|-.*$/g, '') ?? ''}_key.pub`;
  return new UnreachableError(
    `the host key of ${name} is not known: ${describeKey(key)} (looked in ${files.join(', ')})`,
    {
      hint: hasAuthority
        ? `${useOpenssh}: a certificate authority vouches for it, and checking host certificates needs the system's ssh.`
        : `Compare the fingerprint with the host's own (there: \`ssh-keygen -lf ${ownFile}\`); then add the key to known_hosts, ` +
          'pin it in the inventory, or choose the host key policy `accept-new`.',
    },
  );
}

function changed(target: Target, key: Buffer, known: readonly KnownHost[]): UnreachableError {
  const { hostKeyName, hostKeyPort: port } = target;
  const name = port === 22 ? hostKeyName : `[${hostKeyName}]:${port}`;
  const expected = known.map(({ key: old, file, line }) => `${describeKey(old)} (${file}:${line})`);
  return new UnreachableError(
    `the host key of ${formatAddress(target)} has changed: it shows ${describeKey(key)}, known is ${expected.join(' and ')}`,
    {
      hint:
        'Either the host was installed anew, or somebody stands in between. If you know that the new key is right, ' +
        `forget the old one with \`ssh-keygen -R '${name}' -f ${known[0]?.file ?? ''}\`.`,
    },
  );
}
