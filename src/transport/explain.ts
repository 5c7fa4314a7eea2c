import { UnreachableError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { codeOf, messageOf } from './system-error.ts';
import { formatAddress, type Target } from './target.ts';

// The one place that words why a host cannot be reached; what its key may be refused for is in host-key-refusal.ts.

/** What a server needs that ssh2 cannot serve. */
export const useOpenssh = 'Set `ansible_connection: openssh` for this host';

/** The host hung up before it said a word: it has too many logins under way, or will not talk to us now. Worth another try. */
export class DroppedError extends UnreachableError {}

/** How far a connection had come when it failed. */
export type Stage = 'connecting' | 'waiting for the SSH greeting' | 'exchanging keys' | 'logging in';

/** Why a key or an agent could not be used, and what would help. */
export interface LoginNote {
  readonly text: string;
  readonly cure?: 'openssh' | 'passphrase';
}

/** What was tried to log in, for the message when it was refused. */
export interface LoginAttempts {
  readonly tried: readonly string[];
  readonly notes: readonly LoginNote[];
  /** The methods the host would have taken. */
  readonly accepted: readonly string[];
}

/** The host answered and said no. Never to be tried again by itself: OpenSSH 9.8 and later lock out an address that insists. */
export function refusedLogin(target: Target, { tried, notes, accepted }: LoginAttempts): UnreachableError {
  const parts = [
    `${formatAddress(target)} refused to log in ${target.user}`,
    tried.length > 0 ? `tried ${tried.join(', ')}` : 'there was nothing to try',
    ...(accepted.length > 0 ? [`the host takes ${accepted.join(', ')}`] : []),
    ...notes.map(({ text }) => text),
  ];
  return new UnreachableError(parts.join('; '), { hint: loginHint(target, { tried, accepted, notes }) });
}

function loginHint({ user, password }: Target, { tried, accepted, notes }: LoginAttempts): string {
  if (notes.some(({ cure }) => cure === 'openssh')) {
    return `${useOpenssh}: certificates and security keys need the system's ssh.`;
  }
  if (notes.some(({ cure }) => cure === 'passphrase')) {
    return 'Add the key to the agent with `ssh-add`, or give its passphrase in the inventory.';
  }
  if (tried.length === 0) {
    return accepted.includes('publickey')
      ? 'Name a key with `ansible_ssh_private_key_file`, or add one to the agent with `ssh-add`.'
      : 'Give `ansible_password`, or the key the host knows.';
  }
  if (password !== undefined) return 'Check `ansible_user` and `ansible_password`.';
  if (accepted.length > 0 && !accepted.includes('publickey')) return 'The host takes no keys: give `ansible_password`.';
  return `Check \`ansible_user\`, and that the key is in ~${user}/.ssh/authorized_keys on the host.`;
}

/** The host closed the connection because too many keys were offered. */
export function tooManyKeys(target: Target, { tried }: LoginAttempts): UnreachableError {
  return new UnreachableError(
    `${formatAddress(target)} closed the connection after too many keys for ${target.user}: ${tried.join(', ')}`,
    { hint: 'Name the right key with `ansible_ssh_private_key_file`; then no other one is offered.' },
  );
}

/** Nothing came within the time limit. */
export function timedOut(target: Target, stage: Stage): UnreachableError {
  const seconds = target.timeoutMs / 1000;
  const hints: Record<Stage, string> = {
    connecting: `Is the host up, is the address right, and does no firewall drop port ${target.port}?`,
    'waiting for the SSH greeting': 'Something listens there but does not speak SSH, or the host is overloaded.',
    'exchanging keys': 'A broken network (MTU) or an overloaded host does that.',
    'logging in': "Often the host's name service or PAM is slow; raise the connect timeout if it is only that.",
  };
  return new UnreachableError(`no answer from ${formatAddress(target)} within ${seconds} s (${stage})`, {
    hint: hints[stage],
  });
}

/** The host hung up before the SSH greeting. `said` is what it sent instead: sshd may say why it drops us. */
export function dropped(target: Target, said: string): UnreachableError {
  const where = formatAddress(target);
  const words = sanitise(said).trim().slice(0, 200);
  const message = `${where} closed the connection before the SSH greeting${words === '' ? '' : `, saying "${words}"`}`;
  if (words !== '' && !/MaxStartups|Not allowed at this time/.test(words)) {
    return new UnreachableError(message, { hint: 'It does not speak SSH: is the port right?' });
  }
  return new DroppedError(message, {
    hint:
      'The host has too many logins under way (MaxStartups), blocks this address for a while after failed logins ' +
      '(PerSourcePenalties, fail2ban), or something else than sshd listens there.',
  });
}

/** Why a connection that was open is lost, from what ssh2 made of it. */
export function lossReason(error: Error & { readonly level?: string }): string {
  if (error.level === 'client-timeout') return 'the host does not answer any more';
  const code = codeOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE' ? `the connection was cut (${code})` : error.message;
}

/** Whatever else went wrong on the way to a session. */
export function failedConnect(target: Target, stage: Stage, cause: unknown): UnreachableError {
  const where = formatAddress(target);
  const text = messageOf(cause);
  const [message, hint] = systemErrors(target)[codeOf(cause) ?? ''] ?? [];
  if (message !== undefined) return new UnreachableError(message, { hint, cause });
  if (text.startsWith('Handshake failed: no matching')) {
    return new UnreachableError(`${where} and k3sbox have no ${text.slice(30)} in common`, {
      hint: `${useOpenssh}: the system's ssh knows more algorithms, the post-quantum ones among them.`,
      cause,
    });
  }
  return new UnreachableError(`the connection to ${where} failed while ${stage}: ${text}`, {
    hint: `Try \`ssh -v -p ${target.port} ${target.user}@${target.address}\`, which says more.`,
    cause,
  });
}

function systemErrors(target: Target): Readonly<Record<string, readonly [message: string, hint: string]>> {
  const where = formatAddress(target);
  const noRoute = [`there is no route to ${where}`, 'Is the host up, and is this machine in its network?'] as const;
  const noName = [
    `the name ${target.address} cannot be resolved`,
    'Correct the name, or set `ansible_host` to an address.',
  ] as const;
  return {
    ECONNREFUSED: [`${where} refuses connections`, 'Is sshd running there, and on that port?'],
    EHOSTUNREACH: noRoute,
    ENETUNREACH: noRoute,
    EADDRNOTAVAIL: noRoute,
    ETIMEDOUT: [`${where} does not answer`, `Is the host up, and does no firewall drop port ${target.port}?`],
    ENOTFOUND: noName,
    EAI_AGAIN: [`the name ${target.address} cannot be resolved now`, 'The name server does not answer: try again.'],
    EAI_NODATA: noName,
  };
}

/** What the log of the system's ssh says about a connection that was not made; `complaints` are those of proxies on the way. */
export function explainSsh(target: Target, log: string, complaints: string): UnreachableError {
  const lines = sanitise(`${complaints}\n${log}`)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^@+|^Warning: Permanently added/.test(line));
  const isAlone = target.way.kind === 'direct' && complaints === '';
  // A proxy that was refused looks the same from here, and must not be tried again.
  if (isAlone && /^kex_exchange_identification:|Not allowed at this time|Exceeded MaxStartups/m.test(log)) {
    return dropped(target, /MaxStartups|Not allowed at this time/.exec(log)?.[0] ?? '');
  }
  const text = lines.slice(-3).join('; ') || 'ssh gave no reason';
  const hint = sshHints.find(([pattern]) => pattern.test(lines.join('\n')))?.[1];
  return new UnreachableError(`ssh did not connect to ${formatAddress(target)}: ${text}`, {
    hint: hint ?? `Try \`ssh -v ${target.address}\`, which says more.`,
  });
}

const sshHints: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /IDENTIFICATION HAS CHANGED/,
    'Find out whether the host was installed anew; only then forget its old key with `ssh-keygen -R`.',
  ],
  [
    /Host key verification failed/,
    'Add the key of the host to known_hosts, or choose the host key policy `accept-new`.',
  ],
  [/Permission denied/, 'Check `ansible_user` and the key, or the password.'],
  [/Could not resolve hostname/, 'Correct the name, or set `ansible_host` to an address.'],
  [/Connection refused/, 'Is sshd running there, and on that port?'],
  [/timed out|No route to host/, 'Is the host up, and does no firewall drop its port?'],
];
