/** What connecting needs to know about this machine and its user. The command line fills it in: nothing below reads `process`. */
export interface ConnectEnvironment {
  /** The socket of the ssh-agent. */
  readonly sshAuthSock?: string | undefined;
  /** The user's home directory: where `~` leads, and `.ssh` is. */
  readonly home: string;
  /** The environment of the programs that are started here: ssh, ProxyCommand, the local shell. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Another file instead of ~/.ssh/config and /etc/ssh/ssh_config, as with `ssh -F`. */
  readonly sshConfigFile?: string | undefined;
}
