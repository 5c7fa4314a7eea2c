import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { defineModule, type PlanContext } from './module.ts';
import { flag, hostPath, textual, wholeNumber } from './shared/args.ts';
import {
  type Checkout,
  cloneScript,
  type CloneState,
  readClone,
  removeScript,
  resetScript,
  updateScript,
} from './shared/git-clone.ts';
import { expandPath, withoutSlash } from './shared/paths.ts';

const args = z.strictObject({
  repo: z
    .string()
    .regex(/^[^-\s]\S*$/, 'must be a URL or a path')
    .describe('Where it comes from.'),
  dest: hostPath('The folder of the clone.'),
  version: textual('A branch, a tag or a commit (default: what the remote has as HEAD).').default('HEAD'),
  depth: wholeNumber('Fetch only so many commits.', { min: 1 }).optional(),
  force: flag('Throw local changes away (default no: fail).'),
  update: flag('Fetch what is new (default yes).'),
  recursive: flag('Submodules, too (default yes).'),
  accept_hostkey: flag('Trust a host key that is not known yet.'),
  accept_newhostkey: flag('The same as `accept_hostkey`.'),
  key_file: hostPath('Private key of the host to use.').optional(),
  single_branch: flag('Accepted; with `depth` only one branch is fetched.'),
  clone: flag('Accepted; `no` is not supported.'),
});

type Context = PlanContext<z.output<typeof args>>;

/** Keeps a clone of a repository. */
export const git = defineModule({
  name: 'git',
  summary: 'Clone a Git repository, or bring a clone to a branch, tag or commit.',
  args,
  examples: [
    {
      title: 'A release',
      args: { repo: 'https://github.com/nestybox/sysbox', dest: '/usr/src/sysbox', version: 'v0.7.0' },
    },
  ],

  async plan(context) {
    const { host, args: wanted } = context;
    const checkout = await checkoutOf(context);
    const now = await readClone(host, checkout);
    if (now.isInTheWay) throw new TaskFailedError(`${checkout.dest} is not empty, and no clone`);
    if (now.remoteError !== undefined) throw new TaskFailedError(`cannot reach ${wanted.repo}: ${now.remoteError}`);
    const result = { before: now.head ?? null, after: now.wanted ?? now.head ?? null, dest: checkout.dest };
    if (now.head === undefined) return { steps: [cloneStep(checkout, now)], result };
    if (wanted.update === false) return { steps: [], result };
    return { steps: planUpdate(context, checkout, now), result };
  },
});

async function checkoutOf({ host, args: wanted }: Context): Promise<Checkout> {
  const [dest, keyFile] = await Promise.all([
    expandPath(host, wanted.dest),
    wanted.key_file === undefined ? undefined : expandPath(host, wanted.key_file),
  ]);
  return {
    repo: wanted.repo,
    dest: withoutSlash(dest),
    version: wanted.version,
    depth: wanted.depth,
    isRecursive: wanted.recursive !== false,
    acceptsHostKey: (wanted.accept_hostkey ?? wanted.accept_newhostkey) === true,
    keyFile,
  };
}

function cloneStep(checkout: Checkout, now: CloneState): Step {
  return {
    say: `clone ${checkout.repo} to ${checkout.dest}`,
    do: { kind: 'exec', command: cloneScript(checkout, now) },
    undo: { kind: 'exec', command: removeScript(checkout) },
    diff: { of: checkout.dest, before: '', after: `commit ${now.wanted ?? checkout.version}\n` },
  };
}

function planUpdate({ args: { force }, unique }: Context, checkout: Checkout, now: CloneState): readonly Step[] {
  const { dest, version } = checkout;
  const isAt = now.wanted === undefined ? now.head?.startsWith(version) === true : now.head === now.wanted;
  if (isAt && now.origin === checkout.repo && !(now.isDirty && force === true)) return [];
  if (now.isDirty && force !== true) {
    throw new TaskFailedError(`${dest} has local changes`, { hint: 'Say `force: true` to throw them away.' });
  }
  const diff = { of: dest, before: `commit ${now.head ?? ''}\n`, after: `commit ${now.wanted ?? version}\n` };
  // Local changes are kept as a commit of their own, for undo.
  const kept = now.isDirty ? `refs/k3sbox/${unique}` : undefined;
  return [
    {
      say: isAt && now.isDirty ? `throw the changes in ${dest} away` : `bring ${dest} to ${version}`,
      do: { kind: 'exec', command: updateScript(checkout, now, kept) },
      undo: { kind: 'exec', command: resetScript(checkout, now, kept) },
      diff,
    },
  ];
}
