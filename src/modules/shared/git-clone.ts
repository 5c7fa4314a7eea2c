import { type ShellCommand, sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';

export interface Checkout {
  readonly repo: string;
  readonly dest: string;
  /** A branch, a tag, a commit, or HEAD. */
  readonly version: string;
  readonly depth: number | undefined;
  readonly isRecursive: boolean;
  readonly acceptsHostKey: boolean;
  readonly keyFile: string | undefined;
}

/** A clone as it is, and the commit it should be at. */
export interface CloneState {
  /** Undefined when there is no clone. */
  readonly head: string | undefined;
  /** Undefined when HEAD is detached. */
  readonly branch: string | undefined;
  readonly origin: string | undefined;
  readonly isDirty: boolean;
  /** Something else is in the folder. */
  readonly isInTheWay: boolean;
  /** Undefined for a shortened commit: only the remote's objects could tell. */
  readonly wanted: string | undefined;
  /** `version` is a branch of the remote. */
  readonly isBranch: boolean;
  readonly remoteError: string | undefined;
}

/** Asks the clone and the remote in one go. */
export async function readClone(host: HostReader, checkout: Checkout): Promise<CloneState> {
  const { repo, dest, version } = checkout;
  const names =
    version === 'HEAD' ? ['HEAD'] : [`refs/heads/${version}`, `refs/tags/${version}`, `refs/tags/${version}^{}`];
  const command = sh`${environment(checkout)}
if [ -e ${`${dest}/.git`} ]; then cd ${dest} || exit 1
printf 'head %s\\n' "$(git rev-parse HEAD)"
printf 'branch %s\\n' "$(git symbolic-ref -q --short HEAD)"
printf 'origin %s\\n' "$(git config --get remote.origin.url)"
[ -z "$(git status --porcelain --untracked-files=no)" ] || echo dirty yes
elif [ -n "$(ls -A ${dest} 2>/dev/null)" ]; then echo other yes
fi
git ls-remote ${repo} ${names} | sed 's/^/ref /'
git ls-remote ${repo} HEAD >/dev/null || echo unreachable yes`;
  const { stdout, stderr } = await host.probe(command, { timeoutMs: 60_000 });
  const lines = stdout.split('\n');
  const first = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key} `) && line.length > key.length + 1)?.slice(key.length + 1);
  const refs = new Map(
    lines.flatMap((line) => {
      const [, commit, name] = /^ref ([0-9a-f]{40,64})\t(\S+)$/.exec(line) ?? [];
      return commit !== undefined && name !== undefined ? [[name, commit] as const] : [];
    }),
  );
  return {
    head: first('head'),
    branch: first('branch'),
    origin: first('origin'),
    isDirty: first('dirty') !== undefined,
    isInTheWay: first('other') !== undefined,
    wanted: wantedCommit(version, refs),
    isBranch: refs.has(`refs/heads/${version}`),
    remoteError: first('unreachable') === undefined ? undefined : (stderr.trim().split('\n').at(-1) ?? ''),
  };
}

function wantedCommit(version: string, refs: ReadonlyMap<string, string>): string | undefined {
  if (/^[0-9a-f]{40}$/.test(version)) return version;
  // The commit a tag stands for, not the tag's own object.
  const names = ['HEAD', `refs/heads/${version}`, `refs/tags/${version}^{}`, `refs/tags/${version}`];
  return names.map((name) => refs.get(name)).find((commit) => commit !== undefined);
}

export function cloneScript(checkout: Checkout, { wanted, isBranch }: CloneState): ShellCommand {
  const { repo, dest, version, depth, isRecursive } = checkout;
  const isNamed = version !== 'HEAD' && wanted !== undefined && wanted !== version;
  const options = [
    ...(depth !== undefined && (isNamed || version === 'HEAD') ? ['--depth', depth] : []),
    ...(isNamed ? ['--branch', version] : []),
    ...(isRecursive ? ['--recurse-submodules'] : []),
  ];
  const commit = wanted ?? version;
  const detach = isBranch || version === 'HEAD' ? sh`:` : sh`git -C ${dest} checkout -q --detach ${commit}`;
  return sh`${environment(checkout)}
mkdir -p -- "$(dirname -- ${dest})" && git clone -q ${options} -- ${repo} ${dest} && ${detach} && ${submodules(checkout)}`;
}

/** Takes a clone away that was made in an empty place. What is not Git's folder of our remote is left alone. */
export function removeScript({ repo, dest }: Checkout): ShellCommand {
  return sh`[ "$(git -C ${dest} config --get remote.origin.url 2>/dev/null)" != ${repo} ] || rm -rf -- ${dest}`;
}

/** `kept`: a ref that is to hold the local changes, which are then thrown away. */
export function updateScript(checkout: Checkout, now: CloneState, kept: string | undefined): ShellCommand {
  const { repo, dest, version, depth } = checkout;
  const force = kept === undefined ? [] : ['--force'];
  const keep = kept === undefined ? sh`:` : sh`git update-ref ${kept} "$(${stashCreate})"`;
  const shallow = depth === undefined ? [] : ['--depth', depth];
  const ref = now.isBranch
    ? `+refs/heads/${version}:refs/remotes/origin/${version}`
    : '+refs/heads/*:refs/remotes/origin/*';
  const onBranch = version === 'HEAD' ? now.branch : version;
  const commit = now.wanted ?? version;
  const isOnBranch = (now.isBranch || version === 'HEAD') && onBranch !== undefined;
  const switchTo = isOnBranch ? ['-B', onBranch, commit] : ['--detach', commit];
  return sh`${environment(checkout)}
cd ${dest} && ${keep} && git remote set-url origin ${repo} && git fetch -q --force --tags ${shallow} origin ${ref} && git checkout -q ${force} ${switchTo} && ${submodules(checkout)}`;
}

/** Needs an author, whom nobody will ever see. */
const stashCreate = sh.raw('git -c user.name=k3sbox -c user.email=k3sbox@localhost stash create');

/** Back to the commit, the branch, the remote and the local changes that were. */
export function resetScript(checkout: Checkout, now: CloneState, kept: string | undefined): ShellCommand {
  const { dest } = checkout;
  const head = now.head ?? 'HEAD';
  const back = now.branch === undefined ? ['--detach', head] : ['-B', now.branch, head];
  const origin = now.origin === undefined ? sh`:` : sh`git remote set-url origin ${now.origin}`;
  if (kept === undefined) return sh`cd ${dest} && ${origin} && git checkout -q ${back} && ${submodules(checkout)}`;
  return sh`cd ${dest} && ${origin} || exit
git rev-parse -q --verify ${kept} >/dev/null || exit 0
git checkout -q --force ${back} && git stash apply -q ${kept} && git update-ref -d ${kept} && ${submodules(checkout)}`;
}

function submodules({ isRecursive, dest }: Checkout): ShellCommand {
  return isRecursive
    ? sh`{ [ ! -e ${`${dest}/.gitmodules`} ] || git -C ${dest} submodule -q update --init --recursive; }`
    : sh`:`;
}

/** Never asks; the key and the policy for unknown hosts are ssh's own options. */
function environment({ acceptsHostKey, keyFile }: Checkout): ShellCommand {
  const options = [
    '-o',
    'BatchMode=yes',
    ...(acceptsHostKey ? ['-o', 'StrictHostKeyChecking=accept-new'] : []),
    ...(keyFile === undefined ? [] : ['-i', keyFile, '-o', 'IdentitiesOnly=yes']),
  ];
  return sh`export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND=${sh`ssh ${options}`.text}
command -v git >/dev/null || { echo 'there is no git on the host' >&2; exit 127; }`;
}
