import type { Secret } from './secret.ts';

/** How unknown and changed host keys are treated. `accept-new` stores a new key and still refuses a changed one. */
export type HostKeyPolicy = 'strict' | 'accept-new' | 'off';

/** How to get a shell on one host. Read from variables by `inventory/`, used by `transport/`. */
export interface Connection {
  readonly transport: 'ssh2' | 'openssh' | 'local';
  /** The name in the inventory. */
  readonly host: string;
  /** Where to connect: a name (also an alias of ~/.ssh/config) or an address. */
  readonly address: string;
  /** Undefined leaves it to ~/.ssh/config, then 22. */
  readonly port?: number;
  /** Where the host is since a run has moved it. Everything else, and its key in known_hosts, goes by what it was before. */
  readonly movedTo?: { readonly address?: string; readonly port?: number };
  readonly user?: string;
  readonly password?: Secret;
  readonly privateKeyFile?: string;
  readonly privateKeyPassphrase?: Secret;
  /** Undefined leaves it to ~/.ssh/config, then `strict`. */
  readonly hostKeyPolicy?: HostKeyPolicy;
  /** Extra known_hosts files, looked at before the user's own. */
  readonly knownHostsFiles: readonly string[];
  /** Public keys ("ssh-ed25519 AAAA...") pinned for this host in the inventory; nothing else is then accepted. */
  readonly pinnedHostKeys: readonly string[];
  /** Jump hosts as in ProxyJump: "user@host:port,host2". Undefined leaves it to ~/.ssh/config. */
  readonly proxyJump?: string;
  /** Extra words for the system ssh (`ansible_ssh_common_args` and `ansible_ssh_extra_args`), openssh transport only. */
  readonly sshArguments: readonly string[];
  /** Milliseconds until a connection attempt is given up. */
  readonly connectTimeoutMs: number;
  /** False leaves ~/.ssh/config alone. */
  readonly useSshConfig: boolean;
  readonly become: BecomeDefaults;
  /** Where other hosts of the same network may fetch large files from it. Undefined: nowhere. */
  readonly relay?: RelayPlace;
  /** Where the host keeps undo logs and the lock; by default /var/lib/k3sbox, without root ~/.local/state/k3sbox. */
  readonly stateFolder?: string;
  /** The undo logs of so many runs stay on the host; 10 by default. */
  readonly keepRuns?: number;
}

/** A host as other hosts see it. */
export interface RelayPlace {
  /** The name of a network whose hosts may fetch from each other. */
  readonly network: string;
  /** The host's own address in that network: a port is opened there. */
  readonly address: string;
}

/** What the inventory says about becoming another user; plays and tasks override it. */
export interface BecomeDefaults {
  readonly enabled: boolean;
  readonly method: 'sudo';
  readonly user: string;
  readonly password?: Secret;
  /** The program, "sudo" by default. */
  readonly exe: string;
}
