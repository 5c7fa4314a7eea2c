import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { ConnectEnvironment } from './environment.ts';
import { codeOf } from './system-error.ts';

/** Keywords that change nothing about how we connect. A keyword that is not here may. */
const harmless = new Set(
  (
    'addkeystoagent compression controlmaster controlpath controlpersist escapechar forwardagent forwardx11 forwardx11timeout ' +
    'forwardx11trusted gssapiauthentication gssapidelegatecredentials gssapikeyexchange hashknownhosts host loglevel ' +
    'permitlocalcommand localcommand sendenv serveralivecountmax serveraliveinterval setenv tcpkeepalive visualhostkey'
  ).split(' '),
);

/**
 * True when the configuration of ssh has nothing to say about how a host is reached, as with Debian's /etc/ssh/ssh_config and
 * no ~/.ssh/config. When in doubt, false.
 */
export async function configuresNothing({ home, sshConfigFile }: ConnectEnvironment): Promise<boolean> {
  if (sshConfigFile !== undefined) return saysNothing(sshConfigFile, join(home, '.ssh'));
  const [own, system] = await Promise.all([
    saysNothing(join(home, '.ssh', 'config'), join(home, '.ssh')),
    saysNothing('/etc/ssh/ssh_config', '/etc/ssh'),
  ]);
  return own && system;
}

async function saysNothing(file: string, folder: string, depth = 0): Promise<boolean> {
  if (depth > 8) return false;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
  }
  for (const line of text.split('\n')) {
    const [, keyword = '', value = ''] = /^\s*(\w+)[\s=]+(.*?)\s*$/.exec(line) ?? [];
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    if (keyword.toLowerCase() === 'include' && (await includesNothing(value, folder, depth + 1))) continue;
    if (!harmless.has(keyword.toLowerCase())) return false;
  }
  return true;
}

/** Follows an Include of one pattern with `*` in its last part, or of one file. */
async function includesNothing(pattern: string, folder: string, depth: number): Promise<boolean> {
  if (/["\s~$%?[]/.test(pattern) || dirname(pattern).includes('*')) return false;
  const path = pattern.startsWith('/') ? pattern : join(folder, pattern);
  const [prefix = '', suffix, ...more] = basename(path).split('*');
  if (suffix === undefined) return saysNothing(path, folder, depth);
  if (more.length > 0) return false;
  const names = await readdir(dirname(path)).catch((): string[] => []);
  const included = names.filter((name) => name.startsWith(prefix) && name.endsWith(suffix));
  const silent = await Promise.all(included.map((name) => saysNothing(join(dirname(path), name), folder, depth)));
  return silent.every(Boolean);
}
