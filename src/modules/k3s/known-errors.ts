/** What Kubernetes, containerd and Sysbox say when something is wrong, and what it means. Each text is part of a longer one. */
const knownErrors: readonly { readonly text: string; readonly meaning: string }[] = [
  {
    text: 'is not known',
    meaning: 'containerd does not know the handler: K3s was not restarted, or reads another file',
  },
  {
    text: 'does not support user namespaces',
    meaning: "the runtime's features command failed when containerd started: it is too old, or not linked statically",
  },
  {
    text: 'failed to introspect features',
    meaning: 'the runtime has no features command (Sysbox before 0.7.0), or containerd is older than 2.0.5',
  },
  {
    text: 'mount through procfd: operation not permitted',
    meaning: 'a fault of Sysbox 0.7.0 with containerd 2: use 0.7.1',
  },
  {
    text: 'ip_unprivileged_port_start: permission denied',
    meaning: 'an open fault of Sysbox 0.7.1 with kernel 6.17 (nestybox/sysbox#1035): use another kernel',
  },
  {
    text: 'expected cgroupsPath to be of format',
    meaning: "the runtime's SystemdCgroup is not that of runc: run the playbook again",
  },
  {
    text: 'failed to connect to sysbox',
    meaning: 'a daemon of Sysbox is not running: systemctl status sysbox-mgr sysbox-fs',
  },
  {
    text: 'ErrImageNeverPull',
    meaning: 'the image is not on the node, and the pod may not pull it: import it, or change the policy',
  },
  { text: 'ErrImagePull', meaning: 'the node cannot pull the image: choose one that it can reach' },
  { text: 'NodeAffinity', meaning: "the RuntimeClass's nodeSelector does not fit this node" },
];

/** Shell text that prints the meaning of the first known error in its first argument; quiet when there is none. */
export function explainScript(): string {
  const cases = knownErrors.map(
    ({ text, meaning }) => `*"${text}"*) echo "this means: ${meaning.replaceAll('"', '')}";;`,
  );
  return `explain() { case $1 in ${cases.join(' ')} esac; }`;
}
