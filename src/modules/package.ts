import { z } from 'zod';

import { ConfigError, TaskFailedError } from '../base/errors.ts';
import type { PackageManager, PackageOp, Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { PackageState } from '../host/query.ts';
import type { HostReader } from '../host/reader.ts';
import { defineModule, type PlanContext } from './module.ts';
import { atMostOneOf, flag, wholeNumber, wordList } from './shared/args.ts';
import { areListsFresh, packageFileState, refreshStep, upgradeStep } from './shared/package-lists.ts';

const managers = ['apt', 'dnf', 'apk', 'zypper', 'pacman'] as const;
const states = ['present', 'latest', 'absent', 'installed', 'removed'] as const;

const args = z
  .strictObject({
    name: wordList('Packages; with apt a version may follow: `rsync=3.2.7-1`.').optional(),
    pkg: wordList('The same as `name`.').optional(),
    deb: z.string().startsWith('/').optional().describe('A package file on the host, instead of a name.'),
    state: z.enum(states).default('present').describe('`latest` also upgrades what is there.'),
    update_cache: flag('Fetch the lists of packages first, when something has to be installed.'),
    cache_valid_time: wholeNumber(
      'Seconds for which fetched lists are good; implies `update_cache`. Without it they are fetched before an installation, and otherwise when they are older than five minutes.',
    ).optional(),
    install_recommends: flag('With apt: also install what the packages recommend (default yes).'),
    purge: flag('With apt: also remove configuration files.'),
    upgrade: z
      .union([z.boolean(), z.enum(['yes', 'no', 'safe', 'full', 'dist'])])
      .optional()
      .describe('With apt: upgrade everything; `full` or `dist` may also remove packages.'),
    use: z
      .enum(['auto', 'yum', ...managers])
      .optional()
      .describe('The package manager (default: what the host has).'),
    lock_timeout: wholeNumber('Accepted; a package manager that is busy is waited for, five minutes long.').optional(),
  })
  .superRefine((values, context) => {
    atMostOneOf(values, ['name', 'pkg'], context);
    const something = [
      values.name,
      values.pkg,
      values.deb,
      values.upgrade,
      values.update_cache,
      values.cache_valid_time,
    ];
    if (something.every((value) => value === undefined)) {
      context.addIssue({ code: 'custom', path: ['name'], message: 'needs the names of packages' });
    }
  });

type Context = PlanContext<z.output<typeof args>>;

/** Installs, upgrades and removes packages of the distribution. */
export const packageModule = defineModule({
  name: 'package',
  aliases: ['apt', 'dnf', 'yum', 'apk', 'zypper', 'pacman'],
  summary: 'Install, upgrade or remove packages with the package manager of the host.',
  undo: 'A rollback installs the versions that were there before, and removes what was not.',
  args,
  examples: [
    { title: 'What Sysbox needs', args: { name: ['rsync', 'iptables', 'kmod', 'fuse3'], install_recommends: false } },
    { title: 'The newest version', args: { name: 'ca-certificates', state: 'latest', cache_valid_time: 3600 } },
    { title: 'Without a network', args: { deb: '/opt/packages/rsync_3.2.7-1_amd64.deb' } },
  ],

  async plan(context) {
    const manager = await managerOf(context);
    const steps = [...(await planFile(context, manager)), ...(await planNames(context, manager))];
    const upgrade = await planUpgrade(context, manager);
    const all = [...steps, ...upgrade];
    return { steps: all.length === 0 ? await planRefreshOnly(context, manager) : all };
  },
});

async function managerOf({ host, args: { use = 'auto' } }: Context): Promise<PackageManager> {
  const word = use === 'auto' ? (await host.facts())['pkg_mgr'] : use;
  const name = word === 'yum' ? 'dnf' : word;
  const manager = managers.find((known) => known === name);
  if (manager !== undefined) return manager;
  throw new TaskFailedError('the host has no package manager that is known', {
    hint: `Known: ${managers.join(', ')}.`,
  });
}

async function planNames(context: Context, manager: PackageManager): Promise<readonly Step[]> {
  const { host, args: wanted } = context;
  const names = wanted.name ?? wanted.pkg ?? [];
  if (names.length === 0) return [];
  const isLatest = wanted.state === 'latest';
  const [fresh, ...found] = await Promise.all([
    isFresh(context, manager),
    ...names.map(async (name) => {
      const state = await host.package(manager, parseName(name, manager).bare, { latest: isLatest });
      return { name, state };
    }),
  ]);
  if (wanted.state === 'absent' || wanted.state === 'removed') {
    const there = found.filter(({ state }) => state.version !== undefined).map(({ name }) => name);
    return there.length === 0 ? [] : [removeStep(manager, there, wanted.purge === true)];
  }
  const isMissing = ({ name, state }: Found): boolean => !isInstalled(name, state, manager);
  const isOld = ({ state }: Found): boolean => isLatest && (!fresh || isOutdated(state));
  const toInstall = found.filter((one) => isMissing(one) || isOld(one));
  if (toInstall.length === 0) return [];
  if (manager === 'apt') await refuseHeld(host, toInstall, manager);
  const asksForRefresh = wanted.update_cache === true || wanted.cache_valid_time !== undefined;
  const mayTrust = wanted.cache_valid_time !== undefined || !toInstall.some((one) => isMissing(one));
  return [installStep(context, manager, toInstall, asksForRefresh && !(fresh && mayTrust))];
}

/** apt-get asks before it changes a package that somebody holds, and nobody answers. */
async function refuseHeld(host: HostReader, packages: readonly Found[], manager: PackageManager): Promise<void> {
  const installed = packages.filter(({ state }) => state.version !== undefined);
  if (installed.length === 0) return;
  const names = installed.map(({ name }) => parseName(name, manager).bare);
  const { stdout } = await host.probe(sh`apt-mark showhold ${names}`);
  const held = stdout.split('\n').find((line) => line !== '');
  if (held === undefined) return;
  throw new TaskFailedError(`${held} is held at its version`, {
    hint: `Let it go first, with apt-mark unhold ${held}.`,
  });
}

interface Found {
  readonly name: string;
  readonly state: PackageState;
}

function isOutdated({ version, candidate }: PackageState): boolean {
  return candidate !== undefined && candidate !== '' && candidate !== version;
}

function isInstalled(name: string, { version }: PackageState, manager: PackageManager): boolean {
  const wanted = parseName(name, manager).version;
  if (version === undefined || wanted === undefined) return version !== undefined;
  const pattern = wanted.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pattern.join('.*')}$`).test(version);
}

/** "rsync:amd64=3.2.7-1" -> rsync, 3.2.7-1. Only apt and apk write versions so that they can be told apart. */
function parseName(name: string, manager: PackageManager): { readonly bare: string; readonly version?: string } {
  if (manager !== 'apt' && manager !== 'apk') return { bare: name };
  const [, bare = name, version] = /^([^=:]+)(?::[^=]*)?(?:=(.*))?$/.exec(name) ?? [];
  return { bare, ...(version !== undefined && { version }) };
}

function installStep(
  { args: wanted }: Context,
  manager: PackageManager,
  packages: readonly Found[],
  refresh: boolean,
): Step {
  const names = packages.map(({ name }) => name);
  const isLatest = wanted.state === 'latest';
  return {
    say: `${isLatest ? 'install or upgrade' : 'install'} ${names.join(', ')}`,
    do: {
      ...base(manager, isLatest ? 'latest' : 'present', names),
      ...(manager === 'apt' && { installRecommends: wanted.install_recommends ?? true }),
      ...(refresh && { refreshCache: true }),
    },
    diff: {
      of: 'packages',
      before: packages
        .map(({ name, state: { version } }) => (version === undefined ? '' : `${name} ${version}\n`))
        .join(''),
      after: packages.map(({ name, state: { candidate = '' } }) => `${`${name} ${candidate}`.trimEnd()}\n`).join(''),
    },
  };
}

function removeStep(manager: PackageManager, names: readonly string[], purge: boolean): Step {
  return {
    say: `remove ${names.join(', ')}`,
    do: { ...base(manager, 'absent', names), ...(purge && { purge }) },
    diff: { of: 'packages', before: names.map((name) => `${name}\n`).join(''), after: '' },
  };
}

function base(manager: PackageManager, ensure: PackageOp['ensure'], names: readonly string[]): PackageOp {
  return { kind: 'package', manager, ensure, names };
}

async function planFile({ host, args: { deb }, at }: Context, manager: PackageManager): Promise<readonly Step[]> {
  if (deb === undefined) return [];
  if (manager !== 'apt') throw ConfigError.at(at, `\`deb\` is for apt, but the host has ${manager}`);
  const state = await packageFileState(host, deb);
  if (state === 'installed') return [];
  return [{ say: `install ${deb}`, do: { ...base(manager, 'present', []), files: [deb], installRecommends: false } }];
}

async function planUpgrade(
  { host, args: { upgrade }, at }: Context,
  manager: PackageManager,
): Promise<readonly Step[]> {
  if (upgrade === undefined || upgrade === false || upgrade === 'no') return [];
  if (manager !== 'apt') throw ConfigError.at(at, `\`upgrade\` is for apt, but the host has ${manager}`);
  return upgradeStep(host, upgrade === 'full' || upgrade === 'dist' ? 'dist-upgrade' : 'upgrade');
}

async function isFresh({ host, args: wanted }: Context, manager: PackageManager): Promise<boolean> {
  const asks = wanted.update_cache === true || wanted.cache_valid_time !== undefined;
  return !asks || (manager === 'apt' && areListsFresh(host, wanted.cache_valid_time));
}

/** Nothing has to be installed: the lists are fetched only when that alone was asked for. */
async function planRefreshOnly(context: Context, manager: PackageManager): Promise<readonly Step[]> {
  const { name, pkg, deb, upgrade } = context.args;
  if (name !== undefined || pkg !== undefined || deb !== undefined || upgrade !== undefined) return [];
  return (await isFresh(context, manager)) ? [] : [refreshStep(manager)];
}
