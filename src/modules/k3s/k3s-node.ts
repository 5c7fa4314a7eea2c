import { TaskFailedError } from '../../base/errors.ts';
import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';

/** K3s as it runs on one node: found out, never assumed. */
export interface K3sNode {
  /** "k3s.service", "k3s-agent.service", "rke2-server.service", or another name when INSTALL_K3S_NAME was set. */
  readonly unit: string;
  /** RKE2 is K3s with programs of their own for what K3s has in one. */
  readonly distribution: 'k3s' | 'rke2';
  /** Words that start kubectl, crictl and ctr here, whatever the PATH. */
  readonly tools: Readonly<Record<'kubectl' | 'crictl' | 'ctr', readonly string[]>>;
  readonly role: 'server' | 'agent';
  readonly isActive: boolean;
  /** What the unit starts: "/usr/local/bin/k3s". */
  readonly binary: string;
  /** The unit's words behind `server` or `agent`. */
  readonly arguments: readonly string[];
  /** The feature gate of Kubernetes 1.30 to 1.32 is set, on the command line or in K3s's configuration. */
  readonly hasUserNamespaceGate: boolean;
  /** Of the binary: "v1.34.6+k3s1". */
  readonly version: string;
  /** The name in the cluster, by the kubelet's own credentials; empty when the API does not answer. */
  readonly name: string;
  readonly dataDir: string;
  /** Of K3s's own containerd; undefined with `--docker`, an external runtime or `--disable-agent`. */
  readonly containerd: K3sContainerd | undefined;
  /** What K3s uses instead with `--container-runtime-endpoint`; undefined when that is not a CRI-O. */
  readonly crio: K3sCrio | undefined;
}

/** A CRI-O beside K3s. */
export interface K3sCrio {
  /** "1.34.2". */
  readonly version: string;
  readonly binary: string;
  /** "unix:///var/run/crio/crio.sock". */
  readonly endpoint: string;
}

export interface K3sContainerd {
  /** "2.1.9". */
  readonly version: string;
  readonly binary: string;
  /** The file that K3s writes at each start. */
  readonly configFile: string;
  readonly folder: string;
  /** As it is now. */
  readonly config: string;
  /** Names in `folder` and its `*.d` folders, relative to it: "config-v3.toml.d/50-x.toml". */
  readonly files: readonly string[];
}

/**
 * Prints `key=value` lines; lines of the configuration start with `|`. Everything in it stays the same while nothing changes,
 * so that it can be part of a task's guard. The configuration file comes from containerd's own command line: that is right
 * for any data directory, wherever it was set.
 */
const probe = sh.raw(
  String.raw`
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/opt/bin
settings() { cat /etc/rancher/k3s/config.yaml /etc/rancher/k3s/config.yaml.d/*.yaml /etc/rancher/rke2/config.yaml /etc/rancher/rke2/config.yaml.d/*.yaml 2>/dev/null | grep -v '^[[:space:]]*#'; }
me=$(readlink /proc/self/ns/pid)
for unit in $(systemctl list-units --all --plain --no-legend --type=service 'k3s*.service' 'rke2*.service' 2>/dev/null | awk '{print $1}'); do
  command=$(systemctl show "$unit" -p ExecStart --value | sed -n 's/.*argv\[\]=\(.*\) ; ignore_errors=.*/\1/p')
  case " $command " in *' server '*|*' agent '*) ;; *) continue;; esac
  echo "unit=$unit"; echo "command=$command"; echo "active=$(systemctl is-active "$unit")"
  binary=${'$'}{command%% *}
done
[ -n "$binary" ] || exit 0
settings | grep -q UserNamespacesSupport=true && echo gate=yes
endpoint=$(settings | sed -n 's/^container-runtime-endpoint:[[:space:]]*["'\'']*\([^"'\'' ]*\).*/\1/p' | tail -n 1)
said=$(printf '%s\n' "$command" | sed -n 's/.* --container-runtime-endpoint[= ]\([^ ]*\).*/\1/p')
case ${'$'}{said:-$endpoint} in *crio*)
  echo "endpoint=${'$'}{said:-$endpoint}"
  crio=$(command -v crio) && echo "crio=$crio" && echo "crio_version=$("$crio" --version 2>/dev/null | awk 'NR==1{print $3}')";;
esac
echo "version=$("$binary" --version 2>/dev/null | awk 'NR==1{print $3}')"
data=$(settings | sed -n 's/^data-dir:[[:space:]]*["'\'']*\([^"'\'' ]*\).*/\1/p' | tail -n 1)
case $binary in */rke2) product=rke2;; *) product=k3s;; esac
data=${'$'}{data:-/var/lib/rancher/$product}
for d in /proc/[0-9]*; do
  [ "$(cat "$d/comm" 2>/dev/null)" = containerd ] || continue
  [ "$(readlink "$d/ns/pid" 2>/dev/null)" = "$me" ] || continue
  config=$(tr '\0' '\n' <"$d/cmdline" | awk 'p{print;exit} $0=="-c"||$0=="--config"{p=1} /^--config=/{sub(/^--config=/,"");print;exit}')
  case $config in */agent/etc/containerd/config.toml) ;; *) continue;; esac
  data=${'$'}{config%/agent/etc/containerd/config.toml}
  echo "config=$config"
done
echo "data=$data"
echo "product=$product"
if [ $product = rke2 ]; then ctd=$data/bin/containerd kubectl=$data/bin/kubectl; else ctd=$data/data/current/bin/containerd kubectl="$binary kubectl"; fi
[ ! -x "$ctd" ] || { echo "containerd=$ctd"; echo "containerd_version=$("$ctd" --version | awk '{print $3}')"; }
name=$(timeout 10 $kubectl --kubeconfig "$data/agent/kubelet.kubeconfig" auth whoami -o 'jsonpath={.status.userInfo.username}' 2>/dev/null)
echo "name=${'$'}{name#system:node:}"
folder=$data/agent/etc/containerd
[ ! -d "$folder" ] || (cd "$folder" && find . -maxdepth 2 -type f ! -path './certs.d/*' | sed 's/^\.\//file=/' | LC_ALL=C sort)
[ ! -f "$folder/config.toml" ] || sed 's/^/|/' "$folder/config.toml"
`.trim(),
);

/** Looks at the node. Undefined when no K3s is installed as a systemd service. @throws TaskFailedError when there are two */
export async function readK3sNode(host: HostReader): Promise<K3sNode | undefined> {
  const { stdout } = await host.probe(probe, { timeoutMs: 60_000 });
  return parseK3sNode(stdout);
}

/** {@link readK3sNode} for modules that cannot do anything without K3s. */
export async function requireK3sNode(host: HostReader): Promise<K3sNode> {
  const node = await readK3sNode(host);
  if (node !== undefined) return node;
  throw new TaskFailedError('K3s is not installed as a systemd service', {
    hint: 'Run playbooks/k3s-install.yaml first, or leave the host out with --limit.',
  });
}

/** False for a server without a kubelet: of the node itself Sysbox needs nothing there. */
export function runsPods({ arguments: words }: K3sNode): boolean {
  return !words.includes('--disable-agent');
}

/** What runs the containers, as messages name it. */
export function runtimeOf({ crio }: K3sNode): 'containerd' | 'CRI-O' {
  return crio === undefined ? 'containerd' : 'CRI-O';
}

/** Its containerd, for modules that work on it. */
export function requireContainerd({ containerd, unit }: K3sNode): K3sContainerd {
  if (containerd !== undefined) return containerd;
  throw new TaskFailedError(`${unit} does not run a containerd of its own`, {
    hint: 'Start it, or leave out hosts with --docker, --container-runtime-endpoint or --disable-agent.',
  });
}

export function parseK3sNode(output: string): K3sNode | undefined {
  const lines = output.split('\n');
  const all = (key: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
  const one = (key: string): string => all(key)[0] ?? '';
  const units = all('unit');
  if (units.length === 0) return undefined;
  if (units.length > 1) {
    throw new TaskFailedError(`more than one K3s is installed: ${units.join(', ')}`, {
      hint: 'Remove the one that is not used, for example with k3s-uninstall.sh.',
    });
  }
  const crio = parseCrio(one);
  const words = one('command').split(/\s+/).filter(Boolean);
  const verb = words.findIndex((word) => word === 'server' || word === 'agent');
  return {
    unit: units[0] ?? '',
    distribution: one('product') === 'rke2' ? 'rke2' : 'k3s',
    tools: toolsOf(one('product'), words[0] ?? '', one('data'), crio?.endpoint),
    role: words[verb] === 'server' ? 'server' : 'agent',
    isActive: one('active') === 'active',
    binary: words[0] ?? '',
    arguments: words.slice(verb + 1),
    hasUserNamespaceGate: one('gate') === 'yes' || words.some((word) => word.includes('UserNamespacesSupport=true')),
    version: one('version'),
    name: one('name'),
    dataDir: one('data'),
    containerd: parseContainerd(one, all, lines),
    crio,
  };
}

/** K3s is one program for everything; RKE2 puts upstream's programs into its data directory. */
function toolsOf(product: string, binary: string, data: string, endpoint: string | undefined): K3sNode['tools'] {
  const socket = '/run/k3s/containerd/containerd.sock';
  const isRke2 = product === 'rke2';
  const told = endpoint ?? (isRke2 ? `unix://${socket}` : undefined);
  return {
    kubectl: isRke2 ? [`${data}/bin/kubectl`] : [binary, 'kubectl'],
    crictl: [
      ...(isRke2 ? [`${data}/bin/crictl`] : [binary, 'crictl']),
      ...(told === undefined ? [] : ['--runtime-endpoint', told]),
    ],
    ctr: isRke2 ? [`${data}/bin/ctr`, '--address', socket] : [binary, 'ctr'],
  };
}

function parseCrio(one: (key: string) => string): K3sCrio | undefined {
  const [endpoint, binary] = [one('endpoint'), one('crio')];
  if (endpoint === '' || binary === '') return undefined;
  return {
    version: /\d+\.\d+\.\d+/.exec(one('crio_version'))?.[0] ?? '',
    binary,
    endpoint: endpoint.startsWith('/') ? `unix://${endpoint}` : endpoint,
  };
}

function parseContainerd(
  one: (key: string) => string,
  all: (key: string) => readonly string[],
  lines: readonly string[],
): K3sContainerd | undefined {
  const [configFile, binary] = [one('config'), one('containerd')];
  if (configFile === '' || binary === '') return undefined;
  return {
    version: /\d+\.\d+\.\d+/.exec(one('containerd_version'))?.[0] ?? '',
    binary,
    configFile,
    folder: configFile.slice(0, configFile.lastIndexOf('/')),
    config: lines.flatMap((line) => (line.startsWith('|') ? [`${line.slice(1)}\n`] : [])).join(''),
    files: all('file'),
  };
}
