import { quote } from '../../base/sh.ts';

/** An error that Kubernetes, containerd or Sysbox is known for. */
export interface KnownError {
  /** Parts of its text, in their order, as they stand in one line of a log, an event or a status. */
  readonly text: readonly string[];
  readonly cause: string;
  /** An imperative. */
  readonly advice: string;
}

/** The first that fits a line explains it: the more precise ones stand first. */
const knownErrors: readonly KnownError[] = [
  {
    text: ['handler "', '" is not known'],
    cause:
      'containerd does not know the handler: K3s was not restarted since, or the runtime is in a file or schema that it does not read',
    advice: 'run playbooks/sysbox.yaml again; it finds the right file and restarts K3s',
  },
  {
    text: ['does not support user namespaces'],
    cause:
      "the runtime's features command failed when containerd started: Sysbox before 0.7, one that is not static, or containerd before 2.0.5",
    advice: 'use Sysbox 0.7.1 or later and K3s 1.32.5, 1.33.1 or later; then restart K3s',
  },
  {
    text: ['failed to introspect features'],
    cause: 'the runtime has no features command (Sysbox before 0.7), or containerd is older than 2.0.5',
    advice: 'use Sysbox 0.7.1 or later and K3s 1.32.5, 1.33.1 or later; then restart K3s',
  },
  {
    text: ['failed to validate OCI runtime features'],
    cause: 'the runtime has no features command (Sysbox before 0.7), or containerd is older than 2.0.5',
    advice: 'use Sysbox 0.7.1 or later and K3s 1.32.5, 1.33.1 or later; then restart K3s',
  },
  {
    text: ['RuntimeClass "', '" not found'],
    cause: 'the cluster has no such RuntimeClass',
    advice: 'run playbooks/sysbox.yaml again, which creates the class sysbox-runc, or correct runtimeClassName',
  },
  {
    text: ['mount through procfd: operation not permitted'],
    cause: 'a fault of Sysbox 0.7.0 with containerd 2',
    advice: 'use Sysbox 0.7.1 or later: playbooks/sysbox-upgrade.yaml',
  },
  {
    text: ['ip_unprivileged_port_start: permission denied'],
    cause:
      'an open fault of Sysbox 0.7.1 with kernel 6.17 (nestybox/sysbox#1035): containerd sets a sysctl that it may not set',
    advice: 'use another kernel on this node',
  },
  {
    text: ['expected cgroupsPath to be of format'],
    cause: "the runtime's SystemdCgroup is not that of runc",
    advice: 'run playbooks/sysbox.yaml again; it copies the value of runc',
  },
  {
    text: ['toml: table ', ' already exists'],
    cause:
      'one file declares a table of the containerd configuration twice, so containerd does not start and K3s restarts for ever',
    advice: 'remove one of the two declarations, or take the last run back: k3sbox rollback --last',
  },
  {
    text: ['cni plugin not initialized'],
    cause:
      'containerd does not look where K3s keeps the network\'s configuration: often a template without {{ template "base" . }}',
    advice: 'add the base to the template, or remove the template, and restart K3s',
  },
  {
    text: ['drop-in config version ', ' higher than root config version'],
    cause: 'containerd 2.3.0 to 2.3.4 refuses a drop-in whose version is not that of config.toml',
    advice: 'run playbooks/sysbox.yaml again; it writes the version of the file that is extended',
  },
  {
    text: ['Transport endpoint is not connected'],
    cause: 'sysbox-fs has died or was restarted under running pods',
    advice: 'delete those pods; what makes new ones (a Deployment, say) starts them with the new daemon',
  },
  {
    text: ['fusermount', 'ermission denied'],
    cause: 'the AppArmor profile fusermount3 (Ubuntu 25.04 and later) keeps sysbox-fs from mounting',
    advice: 'run playbooks/sysbox.yaml again, which adds to /etc/apparmor.d/local/fusermount3',
  },
  {
    text: ['apparmor="DENIED"', 'fusermount'],
    cause: 'the AppArmor profile fusermount3 (Ubuntu 25.04 and later) keeps sysbox-fs from mounting',
    advice: 'run playbooks/sysbox.yaml again, which adds to /etc/apparmor.d/local/fusermount3',
  },
  {
    text: [' is not installed on host'],
    cause: 'sysbox-mgr does not start without rsync, modprobe and iptables',
    advice: 'install the program, or run playbooks/sysbox.yaml again, which does',
  },
  {
    text: ['NodeAffinity'],
    cause: 'the nodeSelector of the RuntimeClass does not fit this node: it has not the label sysbox-runtime=running',
    advice:
      'let the playbook prove the node, which sets the label; pods that try a node out need a class without scheduling',
  },
  {
    text: ['dial unix /run/sysbox/sys', '.sock'],
    cause: 'a daemon of Sysbox is not running',
    advice: 'look at: systemctl status sysbox-mgr sysbox-fs',
  },
  {
    text: ['failed to connect to sysbox'],
    cause: 'a daemon of Sysbox is not running',
    advice: 'look at: systemctl status sysbox-mgr sysbox-fs',
  },
  {
    text: ['ErrImageNeverPull'],
    cause: 'the image is not on the node, and the pod may not pull it',
    advice: 'import the image (k3s ctr images import), or change the policy',
  },
  ...['ErrImagePull', 'Failed to pull image', 'failed to pull and unpack image'].map((text) => ({
    text: [text],
    cause: 'the node cannot pull the image',
    advice:
      'choose an image that the node can reach, or bring it to the node as an archive (sysbox_canary_image_archive)',
  })),
];

/** What is known about a line of a log, an event or a status; undefined when it is none of these errors. */
export function explainError(line: string): KnownError | undefined {
  return knownErrors.find(({ text }) => holds(line, text));
}

/** Shell text of `explain TEXT`, which prints the meaning of the first known error in a text; quiet when there is none. */
export function explainScript(): string {
  const cases = knownErrors.map(({ text, cause, advice }) => {
    const pattern = text.map((part) => quote(part)).join('*');
    return `*${pattern}*) printf '%s\\n' ${quote(`this means: ${cause}; ${advice}`)};;`;
  });
  return `explain() { case $1 in ${cases.join(' ')} esac; }`;
}

function holds(line: string, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  const at = line.indexOf(first);
  return at >= 0 && holds(line.slice(at + first.length), rest);
}
