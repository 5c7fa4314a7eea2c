import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { Secret } from '../../src/base/secret.ts';
import { sh } from '../../src/base/sh.ts';
import { Host, type RunAs } from '../../src/host/host.ts';
import { followJob, jobState } from '../../src/host/job.ts';
import { group, text } from '../helpers/host-tree.ts';
import { localConnection } from '../helpers/local-host.ts';
import { spawnTransport } from '../helpers/spawn-transport.ts';
import { createTestUser, noTestUsers, type TestUser } from '../helpers/test-user.ts';

/** Why nobody can become somebody else here, or undefined. */
function whyNoSudo(): string | undefined {
  if (noTestUsers !== undefined) return noTestUsers;
  if (spawnSync('sudo', ['-n', 'true']).status !== 0) return 'there is no sudo that root may use';
  return existsSync('/etc/sudoers.d') ? undefined : 'there is no /etc/sudoers.d';
}

const become = (name: string, password?: string): RunAs => ({
  exe: 'sudo',
  user: name,
  ...(password !== undefined && { password: new Secret(password) }),
});

const why = whyNoSudo();

describe.skipIf(why !== undefined)(`becoming another user${why === undefined ? '' : ` (${why})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-become-'));
  let user: TestUser;
  let rule: string;
  beforeAll(async () => {
    user = await createTestUser(folder);
    rule = `/etc/sudoers.d/${user.name}`;
    writeFileSync(rule, `${user.name} ALL=(ALL:ALL) ALL\nDefaults:${user.name} timestamp_timeout=0\n`, { mode: 0o440 });
  });
  afterAll(async () => {
    rmSync(rule, { force: true });
    await user.remove();
    rmSync(folder, { recursive: true });
  });

  /** A host whose login user is root, or the test user. */
  function login(as: 'root' | 'the user'): Host {
    const words: [string, ...string[]] =
      as === 'root'
        ? ['/bin/sh', '-c']
        : ['setpriv', `--reuid=${user.name}`, `--regid=${user.name}`, '--init-groups', '/bin/sh', '-c'];
    const home = as === 'root' ? (process.env['HOME'] ?? '/root') : user.home;
    const env = { ...process.env, HOME: home };
    const host = new Host(
      localConnection(),
      () => Promise.resolve(spawnTransport(words, env)),
      new AbortController().signal,
    );
    onTestFinished(() => host.close());
    return host;
  }

  test('root acts as somebody else, in a session and a state folder of their own', async () => {
    const host = login('root');
    const as = become(user.name);
    const path = join(user.home, 'made');
    const run = `test-${user.name}`;

    const who = await host.open(as);
    const { results } = await host.act(
      [
        group('0001', [
          { kind: 'file', path, content: text('x') },
          { kind: 'exec', command: sh`id -un; pwd; echo $HOME` },
        ]),
      ],
      as,
      { run },
    );

    expect(who).toEqual({ uid: statSync(user.home).uid, user: user.name });
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(results[1]?.stdout.split('\n')).toEqual(expect.arrayContaining([user.name, user.home]));
    expect(statSync(path).uid).toBe(who.uid);
    expect(statSync(join(user.home, '.local/state/k3sbox')).mode & 0o777).toBe(0o700);
    expect(await host.undo(run, as, {})).toMatchObject([{ result: 'undone' }]);
    expect(existsSync(path)).toBe(false);
    expect(await host.open(undefined)).toMatchObject({ uid: 0 });
  });

  test('a user becomes root with a password, for sessions and for large files', async () => {
    const host = login('the user');
    const bytes = randomBytes(400_000);
    const file = join(folder, 'large');
    writeFileSync(file, bytes);
    const content = {
      from: 'controller',
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
    } as const;
    const path = join(folder, 'made by root');
    const run = `test-${user.name}`;
    const as = become('root', user.password);
    onTestFinished(() => rmSync(`/var/lib/k3sbox/runs/${run}`, { recursive: true, force: true }));

    await host.act([group('0001', [{ kind: 'file', path, content, mode: '600' }])], as, { run });

    expect(statSync(path)).toMatchObject({ uid: 0, size: bytes.length });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(await host.undo(run, as, {})).toMatchObject([{ result: 'undone' }]);
    expect(existsSync(path)).toBe(false);
  });

  test.each(['use_pty', '!use_pty'])(
    'a command in the background outlives the sudo it was started by (%s)',
    async (pty) => {
      writeFileSync(`${rule}_pty`, `Defaults ${pty}\n`, { mode: 0o440 });
      onTestFinished(() => rmSync(`${rule}_pty`));
      const host = login('root');
      const as = become(user.name);
      const go = join(user.home, `go ${pty}`);
      const run = `test-${user.name}-${pty.length}`;
      const command = sh`echo one; id -un; until [ -e ${go} ]; do sleep 0.1; done; echo two`;
      const async = { limitMs: 30_000, pollMs: 10_000 };
      await host.act([group('0001', [{ kind: 'exec', command, async }])], as, { run });
      const job = { host, run, as, step: '0001.0' };

      await host.disconnect();
      expect(await jobState(job)).toEqual({ is: 'running' });
      await host.close();
      writeFileSync(go, '');

      expect(await followJob(job, async)).toMatchObject({ exitCode: 0, stdout: `one\n${user.name}\ntwo\n` });
    },
  );

  test('a wrong password is refused at once, and says so', async () => {
    await expect(login('the user').open(become('root', 'wrong'))).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('sudo refused the password'),
    });
  });

  test('without a password it says that one is needed', async () => {
    await expect(login('the user').open(become('root'))).rejects.toMatchObject({
      code: 'unreachable',
      hint: expect.stringContaining('--ask-become-pass'),
    });
  });

  test('somebody who may not use sudo is told so', async () => {
    const host = login('the user');
    rmSync(rule);
    onTestFinished(() =>
      writeFileSync(rule, `${user.name} ALL=(ALL:ALL) ALL\nDefaults:${user.name} timestamp_timeout=0\n`, {
        mode: 0o440,
      }),
    );

    await expect(host.open(become('root', user.password))).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('sudo'),
    });
  });

  test('what a user may not look at is neither there nor absent', async () => {
    const secret = mkdtempSync(join(folder, 'secret-'));
    writeFileSync(join(secret, "it's"), 'x');
    chmodSync(secret, 0o700);
    const unread = join(folder, 'unread');
    writeFileSync(unread, 'x', { mode: 0o600 });
    const host = login('the user');

    const answers = await host.read(
      [
        { kind: 'path', path: join(secret, 'a') },
        { kind: 'path', path: join(secret, "it's") },
        { kind: 'path', path: unread, want: 'content' },
        { kind: 'path', path: join(user.home, 'none') },
        { kind: 'path', path: secret },
      ],
      undefined,
    );

    expect(answers).toMatchObject([
      { kind: 'denied', said: expect.stringContaining('Permission denied') },
      { kind: 'denied' },
      { kind: 'denied', said: `may not read ${unread}` },
      { kind: 'path', state: { type: 'absent' } },
      { kind: 'path', state: { type: 'directory', mode: '700' } },
    ]);
  });
});
