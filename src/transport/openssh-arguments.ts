import type { Connection } from '../base/connection.ts';
import type { Target } from './target.ts';

/** Files of one connection, in a folder that only we can read. */
export interface OpensshFiles {
  readonly controlSocket: string;
  readonly log: string;
  /** The pinned host keys, when there are any. */
  readonly pinnedHostKeys: string;
}

/**
 * The words for `ssh` that open the connection. ssh takes the first value it sees of an option, so ours come before the inventory's
 * extra words, and those before ~/.ssh/config. What the inventory leaves open is left to ssh.
 */
export function opensshArguments(
  connection: Connection,
  target: Target,
  files: OpensshFiles,
  sshConfigFile: string | undefined,
): string[] {
  const { user, port: givenPort, proxyJump, privateKeyFile, movedTo } = connection;
  const port = movedTo?.port ?? givenPort;
  const hasSecret = connection.password !== undefined || connection.privateKeyPassphrase !== undefined;
  const configFile = connection.useSshConfig ? sshConfigFile : 'none';
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    '-T',
    '-M',
    '-S',
    files.controlSocket,
    '-E',
    files.log,
    ...options({
      BatchMode: hasSecret ? 'no' : 'yes',
      NumberOfPasswordPrompts: '1',
      ControlPersist: 'no',
      RemoteCommand: 'none',
      PermitLocalCommand: 'no',
      ClearAllForwardings: 'yes',
      ...hostKeyOptions(connection, target, files),
      ...(movedTo && movedOptions(movedTo.address, target)),
      ...(proxyJump !== undefined && { ProxyJump: proxyJump || 'none' }),
      ...(privateKeyFile !== undefined && { IdentitiesOnly: 'yes' }),
    }),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(privateKeyFile === undefined ? [] : ['-i', privateKeyFile]),
    ...connection.sshArguments,
    ...options({
      ServerAliveInterval: '10',
      ServerAliveCountMax: '3',
      ConnectTimeout: String(Math.max(1, Math.ceil(target.timeoutMs / 1000))),
    }),
    '--',
    connection.address,
  ];
}

/** ssh goes by its configuration for the name of before; an alias is looked up as it is, so it carries its port. */
function movedOptions(
  address: string | undefined,
  { hostKeyName, hostKeyPort }: Target,
): Readonly<Record<string, string>> {
  return {
    HostKeyAlias: hostKeyPort === 22 ? hostKeyName : `[${hostKeyName}]:${hostKeyPort}`,
    ...(address !== undefined && { HostName: address }),
  };
}

function hostKeyOptions(connection: Connection, target: Target, files: OpensshFiles): Readonly<Record<string, string>> {
  const nothing = '/dev/null';
  if (connection.pinnedHostKeys.length > 0) {
    return {
      StrictHostKeyChecking: 'yes',
      UpdateHostKeys: 'no',
      UserKnownHostsFile: quoteFile(files.pinnedHostKeys),
      GlobalKnownHostsFile: nothing,
    };
  }
  const words = { strict: 'yes', 'accept-new': 'accept-new', off: 'no' } as const;
  const { hostKeyPolicy: policy } = connection;
  if (policy === 'off') {
    return { StrictHostKeyChecking: words.off, UserKnownHostsFile: nothing, GlobalKnownHostsFile: nothing };
  }
  return {
    ...(policy !== undefined && { StrictHostKeyChecking: words[policy] }),
    ...(connection.knownHostsFiles.length > 0 && {
      UserKnownHostsFile: target.knownHostsFiles.map(quoteFile).join(' '),
    }),
  };
}

function options(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function quoteFile(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}
