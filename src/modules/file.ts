import { z } from 'zod';

import { ConfigError, TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { PathState } from '../host/query.ts';
import { change, defineModule, type PlanContext, type Planned, unchanged } from './module.ts';
import { firstOf, flag, hostPath, oneOf, rights } from './shared/args.ts';
import { makeDirectory, notDirectory, requireFolder } from './shared/directories.ts';
import { missingRights, ownershipFor, planRights } from './shared/ownership.ts';
import { expandPath, withoutSlash } from './shared/paths.ts';

const states = ['file', 'directory', 'link', 'hard', 'touch', 'absent'] as const;

const args = z
  .strictObject({
    path: hostPath('What it is about.').optional(),
    dest: hostPath('The same as `path`.').optional(),
    name: hostPath('The same as `path`.').optional(),
    state: z
      .enum(states)
      .optional()
      .describe(
        '`file` (the default) only sets rights of what exists; `touch` makes an empty file or renews its times.',
      ),
    src: z.string().min(1).optional().describe('What a link leads to; of a symbolic link it may be relative.'),
    recurse: flag('Set the rights of everything below a directory, too.'),
    force: flag('Let a link replace a file that stands in its place.'),
    ...rights,
    follow: flag('Accepted; rights are always those of what a link leads to.'),
    modification_time: z.enum(['now', 'preserve']).optional().describe('For `touch`: `preserve` keeps the times.'),
    access_time: z.enum(['now', 'preserve']).optional().describe('For `touch`: `preserve` keeps the times.'),
  })
  .superRefine((values, context) => {
    oneOf(values, ['path', 'dest', 'name'], context);
    const isLink = values.state === 'link' || values.state === 'hard';
    if (isLink && values.src === undefined) {
      context.addIssue({ code: 'custom', path: ['src'], message: `needs \`src\` for state ${values.state}` });
    }
  });

type Context = PlanContext<z.output<typeof args>>;

/** Directories, links, rights, and the absence of things. */
export const file = defineModule({
  name: 'file',
  summary: 'Make directories and links, set rights, or remove a path.',
  args,
  examples: [
    { title: 'A directory', args: { path: '/etc/k3sbox', state: 'directory', mode: '0750' } },
    { title: 'A link', args: { path: '/usr/local/bin/kubectl', src: 'k3s', state: 'link' } },
    { title: 'Gone', args: { path: '/etc/motd.d/old', state: 'absent' } },
  ],

  async plan(context) {
    const path = withoutSlash(
      await expandPath(context.host, firstOf(context.args.path, context.args.dest, context.args.name)),
    );
    const planned = await planState(context, path);
    return { ...planned, result: { path, dest: path, state: context.args.state ?? 'file' } };
  },
});

async function planState(context: Context, path: string): Promise<Planned> {
  switch (context.args.state) {
    case 'absent':
      return planAbsent(context, path);
    case 'directory':
      return planDirectory(context, path);
    case 'link':
      return planLink(context, path);
    case 'hard':
      return planHardLink(context, path);
    case 'touch':
      return planTouch(context, path);
    default:
      return planRightsOnly(context, path);
  }
}

async function planAbsent({ host, at }: Context, path: string): Promise<Planned> {
  if (path === '/') throw ConfigError.at(at, 'the root directory cannot be removed');
  const { type } = await host.path(path);
  if (type === 'absent') return unchanged;
  return change({
    say: `remove ${type === 'other' ? 'the special file' : type} ${path}`,
    do: { kind: 'remove', path },
  });
}

async function planDirectory({ host, args: wanted }: Context, path: string): Promise<Planned> {
  const now = await host.path(path, { follow: true });
  if (now.type === 'absent') return { steps: await makeDirectory(host, path, ownershipFor(wanted, now, 'directory')) };
  if (now.type !== 'directory') throw notDirectory(path);
  return { steps: await planRightsBelow({ host, args: wanted }, now) };
}

async function planRightsOnly(context: Context, path: string): Promise<Planned> {
  const { host, args: wanted } = context;
  const now = await host.path(path, { follow: true });
  if (now.type === 'absent' && wanted.recurse === true) return planDirectory(context, path);
  if (now.type === 'absent') {
    throw new TaskFailedError(`there is no ${path}`, {
      hint: 'Make it with `state: directory`, `state: touch`, `copy` or `template`.',
    });
  }
  return { steps: await planRightsBelow({ host, args: wanted }, now) };
}

type RightsContext = Pick<Context, 'host' | 'args'>;

/** One recursive op when owners or an octal mode are wanted; with a symbolic mode every path has its own. */
async function planRightsBelow({ host, args: wanted }: RightsContext, now: PathState): Promise<readonly Step[]> {
  const path = now.target ?? now.path;
  if (wanted.recurse !== true || now.type !== 'directory') return planRights(wanted, now);
  const tree = (await host.tree(path)).filter(({ type }) => type !== 'link');
  const steps = tree.flatMap((entry) => planRights(wanted, entry));
  if (steps.length <= 1) return steps;
  const { mode, ...owners } = ownershipFor(wanted, now, 'directory');
  const isUniform = wanted.mode === undefined || /^[0-7]+$/.test(wanted.mode);
  if (!isUniform) return steps;
  const all = { ...owners, ...(mode !== undefined && { mode }) };
  const before = steps.map(({ diff }) => `${diff?.of}: ${diff?.before.trimEnd().replaceAll('\n', ', ')}\n`).join('');
  const after = steps.map(({ diff }) => `${diff?.of}: ${diff?.after.trimEnd().replaceAll('\n', ', ')}\n`).join('');
  return [
    {
      say: `set the rights of ${steps.length} paths in ${path}`,
      do: { kind: 'attributes', path, recursive: true, ...all },
      diff: { of: path, before, after },
    },
  ];
}

async function planLink({ host, args: { src = '', force, owner, group } }: Context, path: string): Promise<Planned> {
  const [now] = await Promise.all([host.path(path), requireFolder(host, path)]);
  const ownership = ownershipFor({ owner, group }, now, 'file');
  if (now.type === 'link' && now.target === src) {
    const missing = missingRights(ownership, now);
    if (Object.keys(missing).length === 0) return unchanged;
    return change({ say: `set the owner of ${path}`, do: { kind: 'link', path, target: src, ...ownership } });
  }
  mayReplace(now, path, force === true);
  const before = now.target === undefined ? '' : `link to ${now.target}\n`;
  return change({
    say: `link ${path} to ${src}`,
    do: { kind: 'link', path, target: src, ...ownership },
    diff: { of: path, before, after: `link to ${src}\n` },
  });
}

async function planHardLink({ host, args: { src = '', force } }: Context, path: string): Promise<Planned> {
  const target = await expandPath(host, src);
  const [now, same, source] = await Promise.all([
    host.path(path),
    host.probe(sh`[ ${path} -ef ${target} ]`),
    host.path(target),
    requireFolder(host, path),
  ]);
  if (now.type === 'file' && same.exitCode === 0) return unchanged;
  if (source.type === 'absent' && host.isLenient !== true) throw new TaskFailedError(`there is no ${target}`);
  if (source.type === 'directory') throw new TaskFailedError(`${target} is a directory, which can have no hard link`);
  mayReplace(now, path, force === true);
  return change({ say: `link ${path} hard to ${target}`, do: { kind: 'link', path, target, hard: true } });
}

/** A link takes the place of another by itself, that of a file when that was asked for, and never that of a directory. */
function mayReplace({ type }: PathState, path: string, force: boolean): void {
  if (type === 'absent' || type === 'link' || (type === 'file' && force)) return;
  const hint =
    type === 'file'
      ? 'Say `force: true` to put the link in its place; the undo log keeps the file.'
      : 'Remove it first, in a task with `state: absent`.';
  throw new TaskFailedError(`${path} exists and is a ${type === 'other' ? 'special file' : type}, not a link`, {
    hint,
  });
}

async function planTouch({ host, args: wanted }: Context, path: string): Promise<Planned> {
  const [now] = await Promise.all([host.path(path, { follow: true }), requireFolder(host, path)]);
  if (now.type === 'absent') {
    const ownership = ownershipFor(wanted, now, 'file');
    return change({
      say: `make the empty file ${path}`,
      do: { kind: 'file', path, content: { from: 'text', text: '' }, ...ownership },
    });
  }
  const keepsTimes = wanted.modification_time === 'preserve' && wanted.access_time === 'preserve';
  const touch: Step = {
    say: `renew the times of ${path}`,
    do: { kind: 'exec', command: sh`touch -- ${path}` },
    needsNoUndo: true,
  };
  return { steps: [...(keepsTimes ? [] : [touch]), ...planRights(wanted, now)] };
}
