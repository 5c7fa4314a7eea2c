import { execFile } from 'node:child_process';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A user of this machine that was made for a test. */
export interface TestUser {
  readonly name: string;
  readonly password: string;
  readonly home: string;
  remove(): Promise<void>;
}

/** Why there can be no test users here, or undefined when there can. */
export const noTestUsers = process.getuid?.() === 0 ? undefined : 'only root can make users';

/** Makes a user with a password, a home below `folder` and a login shell. Root only. */
export async function createTestUser(folder: string, shell = '/bin/sh'): Promise<TestUser> {
  const name = `k3sbox-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const password = `pw ${Math.random().toString(36)}'"$`;
  const home = join(folder, name);
  const { stdout } = await run('openssl', ['passwd', '-6', password]);
  await insist(() => run('useradd', ['--no-create-home', '-d', home, '-s', shell, '-p', stdout.trim(), name]));
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o755 });
  await run('chown', ['-R', name, home]);
  await chmod(folder, 0o755);
  return {
    name,
    password,
    home,
    remove: async () => {
      await insist(() => run('userdel', ['--force', name]).catch(ignoreMissing));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Another test may hold the lock on /etc/passwd. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === 20 || !String(error).includes('lock')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!String(error).includes('does not exist')) throw error;
}
