import { hostname, userInfo } from 'node:os';

import type { Connection, HostKeyPolicy } from '../base/connection.ts';
import type { Secret } from '../base/secret.ts';
import type { ConnectEnvironment } from './environment.ts';
import { defaultSettings, type SshConfig, type SshSettings } from './ssh-config.ts';

/** Where and how to log in: the inventory's word, then ssh's configuration, then ssh's defaults, with everything expanded. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password?: Secret;
  readonly passphrase?: Secret;
  /** In the order they are offered. Those that nobody asked for by name may be missing. */
  readonly identityFiles: readonly string[];
  /** The file the inventory names: it must be there. */
  readonly ownIdentityFile?: string;
  /** Keys of the agent that are in no identity file are not offered. */
  readonly identitiesOnly: boolean;
  readonly agent?: string;
  /** How known_hosts calls the host, without the port: as it was called before it was moved. */
  readonly hostKeyName: string;
  readonly hostKeyPort: number;
  readonly hostKeyPolicy: HostKeyPolicy;
  /** New keys go to the first. */
  readonly knownHostsFiles: readonly string[];
  readonly pinnedHostKeys: readonly string[];
  readonly way: Way;
  readonly timeoutMs: number;
}

/** How the bytes get there. */
export type Way =
  | { readonly kind: 'direct' }
  /** `through` is a ProxyJump value: the last hop is nearest to the host. */
  | { readonly kind: 'jump'; readonly through: string }
  | { readonly kind: 'command'; readonly command: string };

/** "10.0.0.5:22", "[::1]:22". */
export function formatAddress({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Targets with one name are one sshd, reached in one way. */
export function routeName({ way, ...target }: Target): string {
  return way.kind === 'direct' ? formatAddress(target) : `${JSON.stringify(way)} ${formatAddress(target)}`;
}

/**
 * `isJump`: the host is on the way to the one the connection was written for, whose key may open it, too, but need not.
 * @throws UnreachableError when ssh's configuration cannot be read.
 */
export async function resolveTarget(
  connection: Connection,
  sshConfig: SshConfig,
  environment: ConnectEnvironment,
  isJump = false,
): Promise<Target> {
  const { user: givenUser, port: givenPort, privateKeyFile } = connection;
  const settings = connection.useSshConfig
    ? await sshConfig.lookup(connection.address, {
        ...(givenUser !== undefined && { user: givenUser }),
        ...(givenPort !== undefined && { port: givenPort }),
      })
    : defaultSettings(connection.address);
  const port = givenPort ?? settings.port;
  const user = givenUser ?? settings.user ?? userInfo().username;
  const expand = expander({ alias: connection.address, settings, port, user, environment });
  const agent = agentOf(settings, environment, expand);
  const own = privateKeyFile === undefined ? undefined : expandHome(privateKeyFile, environment.home);
  const isSole = own !== undefined && !isJump;
  return {
    address: connection.movedTo?.address ?? settings.hostName,
    port: connection.movedTo?.port ?? port,
    user,
    ...(connection.password && { password: connection.password }),
    ...(connection.privateKeyPassphrase && { passphrase: connection.privateKeyPassphrase }),
    identityFiles: isSole ? [] : settings.identityFiles.map(expand),
    ...(own !== undefined && { ownIdentityFile: own }),
    identitiesOnly: isSole || settings.identitiesOnly,
    ...(agent !== undefined && { agent }),
    hostKeyName: settings.hostKeyAlias ?? settings.hostName,
    hostKeyPort: port,
    hostKeyPolicy: connection.hostKeyPolicy ?? policyOf(settings.strictHostKeyChecking),
    knownHostsFiles: [
      ...connection.knownHostsFiles.map((file) => expandHome(file, environment.home)),
      ...[...settings.knownHostsFiles, ...settings.systemKnownHostsFiles].map(expand),
    ],
    pinnedHostKeys: connection.pinnedHostKeys,
    way: wayOf(connection.proxyJump, settings, expand),
    timeoutMs: connection.connectTimeoutMs,
  };
}

function wayOf(proxyJump: string | undefined, settings: SshSettings, expand: (text: string) => string): Way {
  if (proxyJump !== undefined) {
    return proxyJump === '' || proxyJump === 'none' ? { kind: 'direct' } : { kind: 'jump', through: proxyJump };
  }
  if (settings.proxyJump !== undefined) return { kind: 'jump', through: settings.proxyJump };
  if (settings.proxyCommand !== undefined) return { kind: 'command', command: expand(settings.proxyCommand) };
  return { kind: 'direct' };
}

/** `ask` cannot ask here, so it is strict, as it is for ssh without a terminal. */
function policyOf(strictHostKeyChecking: string | undefined): HostKeyPolicy {
  if (strictHostKeyChecking === 'accept-new') return 'accept-new';
  // `ssh -G` says "false" for "no" and "off".
  return strictHostKeyChecking === 'false' || strictHostKeyChecking === 'no' ? 'off' : 'strict';
}

function agentOf(
  { identityAgent }: SshSettings,
  { sshAuthSock, env }: ConnectEnvironment,
  expand: (text: string) => string,
): string | undefined {
  if (identityAgent === undefined || identityAgent === 'SSH_AUTH_SOCK') return sshAuthSock || undefined;
  if (identityAgent === 'none') return undefined;
  return identityAgent.startsWith('$') ? env[identityAgent.slice(1)] : expand(identityAgent);
}

interface Names {
  readonly alias: string;
  readonly settings: SshSettings;
  readonly port: number;
  readonly user: string;
  readonly environment: ConnectEnvironment;
}

/** Expands `~/`, `${ENVIRONMENT}` and the tokens of ssh_config(5), which `ssh -G` leaves as they are. */
function expander({ alias, settings, port, user, environment: { home, env } }: Names): (text: string) => string {
  const local = userInfo();
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: home,
    h: settings.hostName,
    i: String(local.uid),
    k: settings.hostKeyAlias ?? settings.hostName,
    L: hostname().replace(/\..*/, ''),
    l: hostname(),
    n: alias,
    p: String(port),
    r: user,
    u: local.username,
  };
  return (text) =>
    expandHome(text, home)
      .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole)
      .replaceAll(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
}

function expandHome(path: string, home: string): string {
  return path.replace(/^~(?=\/|$)/, () => home);
}
