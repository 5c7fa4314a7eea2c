import { z } from 'zod';

import { sha256Hex } from '../base/digest.ts';
import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { type ShellCommand, sh } from '../base/sh.ts';
import type { PathState } from '../host/query.ts';
import { defineModule, type PlanContext } from './module.ts';
import { backup, flag, hostPath, rights, seconds } from './shared/args.ts';
import { requireFolder } from './shared/directories.ts';
import { type Download, downloadScript, nameInUrl, readSumFrom } from './shared/download.ts';
import { ownershipFor, planRights } from './shared/ownership.ts';
import { expandPath, folderOf, joinPath, withoutSlash } from './shared/paths.ts';

const algorithms = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

const header = z.string().regex(/^[^\n\r]*$/, 'must be one line');

const args = z.strictObject({
  url: z
    .string()
    .regex(/^(?:https?|ftp|file):\/\/[^\s"\\]+$/, 'must be a URL: http, https, ftp or file')
    .describe('What to get.'),
  dest: hostPath('Where to put it. A folder when it ends with a slash or is one already.'),
  checksum: z
    .string()
    .regex(new RegExp(`^(?:${algorithms.join('|')}):\\S+$`), 'must be such as `sha256:<sum>` or `sha256:<url of sums>`')
    .optional()
    .describe('The sum it must have; a file that has it is not fetched again.'),
  force: flag('Fetch it every time (default no: what is there stays).'),
  timeout: seconds('Give up when nothing arrives for so long (default 10).').default(10),
  headers: z.record(header, header).optional().describe('Headers of the request.'),
  validate_certs: flag('Check the certificate (default yes).'),
  url_username: z.string().optional().describe('User of the request.'),
  url_password: z.string().optional().describe('Password of the request.'),
  http_agent: header.optional().describe('What the request says it comes from.'),
  force_basic_auth: flag('Accepted and ignored.'),
  use_proxy: flag('Accepted; the environment of the task decides.'),
  tmp_dest: z.string().optional().describe('Accepted; the new file grows beside the old one.'),
  ...rights,
  backup,
});

type Context = PlanContext<z.output<typeof args>>;

/** Fetches a file from the network. */
export const getUrl = defineModule({
  name: 'get_url',
  summary: 'Let the host fetch a file from the network, with curl or wget.',
  args,
  examples: [
    {
      title: 'A binary, checked',
      args: {
        url: 'https://example.com/tool-1.0',
        dest: '/usr/local/bin/tool',
        checksum: `sha256:${'0'.repeat(64)}`,
        mode: '0755',
      },
    },
  ],

  async plan(context) {
    const { args: wanted } = context;
    const now = await locate(context);
    const path = now.path;
    if (now.type === 'directory') throw new TaskFailedError(`${path} is a directory`);
    const result = { dest: path, url: wanted.url };
    const sum = wanted.checksum === undefined ? undefined : await resolveSum(context, wanted.checksum);
    const isThere = now.type !== 'absent';
    const isSame = sum === undefined ? wanted.force !== true : isThere && (await sumOf(context, now, sum)) === sum.hex;
    if (isThere && isSame) return { steps: planRights(wanted, now), result };
    return { steps: [fetchStep(context, now, sum)], result };
  },
});

async function locate({ host, args: { url, dest } }: Context): Promise<PathState> {
  const path = await expandPath(host, dest);
  const inside = joinPath(path, nameInUrl(url));
  const look = async (at: string): Promise<PathState> => {
    const [now] = await Promise.all([host.path(at, { follow: true, want: 'sum' }), requireFolder(host, at)]);
    return now;
  };
  if (path.endsWith('/')) return look(inside);
  const now = await look(withoutSlash(path));
  return now.type === 'directory' ? host.path(inside, { follow: true, want: 'sum' }) : now;
}

interface Sum {
  readonly algorithm: string;
  readonly hex: string;
}

async function resolveSum(context: Context, written: string): Promise<Sum> {
  const [, algorithm = '', value = ''] = /^(\w+):(.*)$/.exec(written) ?? [];
  if (/^[0-9a-fA-F]+$/.test(value)) return { algorithm, hex: value.toLowerCase() };
  const hex = await readSumFrom(context.host, { ...downloadOf(context), url: value }, context.args.url);
  return { algorithm, hex };
}

async function sumOf({ host }: Context, now: PathState, { algorithm }: Sum): Promise<string | undefined> {
  if (algorithm === 'sha256') return now.sha256;
  const { stdout } = await host.probe(sh`${`${algorithm}sum`} <${now.path}`);
  return stdout.split(' ')[0];
}

function downloadOf({ args: wanted }: Context): Download {
  return {
    url: wanted.url,
    headers: wanted.headers ?? {},
    user: wanted.url_username,
    password: wanted.url_password,
    agent: wanted.http_agent,
    timeoutSeconds: wanted.timeout,
    validateCerts: wanted.validate_certs !== false,
  };
}

/** Fetched beside its place, checked, given its rights, and only then renamed. */
function fetchStep(context: Context, now: PathState, sum: Sum | undefined): Step {
  const { path } = now;
  const { url } = context.args;
  const { command, stdin } = downloadScript(downloadOf(context));
  // Under a name that undo knows when fetching was cut off.
  const scratch = `${withoutSlash(folderOf(path))}/.k3sbox.${sha256Hex(`${context.unique}\0${path}`).slice(0, 16)}`;
  const script = sh`umask 077; t=${scratch}; rm -f "$t" && set -C && : >"$t" && set +C || exit 1
trap 'rm -f "$t"' EXIT
trap 'exit 143' HUP INT TERM
{ ${command}
} || exit
${sum === undefined ? sh`:` : checkSum(sum)}
${rightsCommand(context, now)} && mv -f "$t" ${path}`;
  return {
    say: `fetch ${path}`,
    do: { kind: 'exec', command: script, stdin, saves: [path, scratch] },
    diff: {
      of: path,
      before: now.sha256 === undefined ? '' : `sha256 ${now.sha256}\n`,
      after: `from ${url.replace(/[?#].*$/, '')}${sum === undefined ? '' : `, ${sum.algorithm} ${sum.hex}`}\n`,
    },
  };
}

function checkSum({ algorithm, hex }: Sum): ShellCommand {
  return sh`s=$(${`${algorithm}sum`} <"$t") || exit 1
[ "\${s%% *}" = ${hex} ] || { echo "the checksum is \${s%% *}, expected" ${hex} >&2; exit 1; }`;
}

/** Of an existing file everything stays that was not asked for. */
function rightsCommand({ args: wanted }: Context, now: PathState): ShellCommand {
  const { mode, owner, group } = ownershipFor(wanted, now, 'file');
  const isNew = now.type === 'absent';
  const account = `${owner ?? (isNew ? '' : now.uid)}:${group ?? (isNew ? '' : now.gid)}`;
  const chmod = sh`chmod ${mode ?? (isNew ? '644' : now.mode)} "$t"`;
  return account === ':' ? chmod : sh`chown ${account.replace(/:$/, '')} "$t" && ${chmod}`;
}
