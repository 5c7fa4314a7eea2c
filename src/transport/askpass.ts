import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { quote } from '../base/sh.ts';
import type { Target } from './target.ts';

/**
 * Writes a helper that answers ssh's questions for the password and the passphrase, and gives the environment that makes ssh ask it.
 * The secrets are in files that only we can read, in `folder`, which must be ours alone; remove them when ssh has connected.
 * The password is given once, and to no other host: a jump host asks through the same helper.
 */
export async function writeAskpass(folder: string, target: Target): Promise<Readonly<Record<string, string>>> {
  const { user, hostKeyName, password, passphrase } = target;
  if (password === undefined && passphrase === undefined) return {};
  const helper = join(folder, 'askpass');
  // ssh cuts the user at 30 characters in its question.
  const who = `${user.slice(0, 30)}@${hostKeyName}`;
  const script = [
    '#!/bin/sh',
    `cd ${quote(folder)} || exit 1`,
    'case $1 in',
    "'Enter passphrase for key'*) cat passphrase ;;",
    `*${quote(who)}*) mv password asked && cat asked ;;`,
    '*) exit 1 ;;',
    'esac',
  ];
  await Promise.all([
    writeFile(helper, `${script.join('\n')}\n`, { mode: 0o700 }),
    password && writeFile(join(folder, 'password'), password.reveal(), { mode: 0o600 }),
    passphrase && writeFile(join(folder, 'passphrase'), passphrase.reveal(), { mode: 0o600 }),
  ]);
  return { SSH_ASKPASS: helper, SSH_ASKPASS_REQUIRE: 'force' };
}

/** What {@link writeAskpass} leaves in its folder. */
export const askpassFiles: readonly string[] = ['askpass', 'password', 'passphrase', 'asked'];
