import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Connection } from '../../src/base/connection.ts';
import { Secret } from '../../src/base/secret.ts';
import { createConnect, type Connect } from '../../src/transport/connect.ts';
import { connectionsTo, environmentFor, failureOf, greet } from '../helpers/connecting.ts';
import { makeKey, startSshd, type Sshd } from '../helpers/sshd.ts';
import { noTestUsers } from '../helpers/test-user.ts';

const run = promisify(execFile);
let sshd: Sshd;
let connect: Connect;
beforeAll(async () => {
  sshd = await startSshd();
  connect = createConnect(environmentFor(sshd.folder));
});
afterAll(() => sshd.stop());
const connection = (overrides: Partial<Connection> = {}): Connection =>
  sshd.connection({ transport: 'openssh', ...overrides });

describe('a connection that fails says why', () => {
  test('when the login is refused, after one attempt', async () => {
    const privateKeyFile = await makeKey(sshd.folder, 'stranger', 'ed25519');
    const before = connectionsTo(sshd);

    expect(await failureOf(connect(connection({ privateKeyFile })), sshd)).toMatchInlineSnapshot(`
      "ssh did not connect to HOST:PORT: USER@HOST: Permission denied (publickey).
      Check \`ansible_user\` and the key, or the password."
    `);
    expect(connectionsTo(sshd) - before).toBe(1);
  });

  test('when the host is not known', async () => {
    expect(await failureOf(connect(connection({ knownHostsFiles: ['/nowhere/known_hosts'] })), sshd))
      .toMatchInlineSnapshot(`
      "ssh did not connect to HOST:PORT: No ED25519 host key is known for [HOST]:PORT and you have requested strict checking.; Host key verification failed.
      Add the key of the host to known_hosts, or choose the host key policy \`accept-new\`."
    `);
  });

  test('when nothing listens', async () => {
    expect(await failureOf(connect(connection({ port: 1 })), sshd)).toMatchInlineSnapshot(`
      "ssh did not connect to HOST:1: ssh: connect to host HOST port 1: Connection refused
      Is sshd running there, and on that port?"
    `);
  });

  test('when there is no ssh', async () => {
    const without = createConnect(environmentFor(sshd.folder, { env: { PATH: '/nowhere' } }));

    expect(await failureOf(without(connection()), sshd)).toMatchInlineSnapshot(`
      "cannot start ssh: spawn ssh ENOENT
      Install the OpenSSH client on this machine."
    `);
  });

  test('when the run is stopped', async () => {
    const reason = new Error('stopped by hand');
    const stopping = new AbortController();
    const connecting = connect(connection(), { signal: stopping.signal });
    stopping.abort(reason);

    await expect(connecting).rejects.toBe(reason);
  });
});

test('a key opens with its passphrase', async () => {
  const privateKeyFile = await makeKey(sshd.folder, 'locked', 'ed25519', 'open sesame');
  await writeFile(sshd.authorizedKeysFile, await readFile(`${privateKeyFile}.pub`), { flag: 'a' });
  const privateKeyPassphrase = new Secret('open sesame');

  expect(await greet(connect(connection({ privateKeyFile, privateKeyPassphrase })))).toBe('hello');
});

test('extra words of the inventory reach ssh, but cannot switch off what we rely on', async () => {
  const sshArguments = ['-o', 'User=nobody-at-all', '-o', 'ControlPath=none', '-o', 'BatchMode=no'];

  expect(await greet(connect(connection({ sshArguments })))).toBe('hello');
  const { user: _, ...anybody } = connection();
  expect(await failureOf(connect({ ...anybody, sshArguments }), sshd)).toMatch(/nobody-at-all@HOST: Permission denied/);
});

test('a connection leaves no files behind', async () => {
  const before = foldersLeft();
  await greet(connect(connection()));
  await failureOf(connect(connection({ port: 1 })), sshd);

  expect(foldersLeft()).toEqual(before);
});

test('the connection ends by itself when its controller is killed', async () => {
  const script = fileURLToPath(import.meta.resolve('../helpers/hold-connection.ts'));
  const settings = join(sshd.folder, 'connection.json');
  await writeFile(settings, JSON.stringify(connection()));
  const controller = execFile(process.execPath, ['--import', 'tsx', script, settings, sshd.folder]);
  const before = foldersLeft();
  await new Promise((resolve) => controller.stdout?.once('data', resolve));
  const its = foldersLeft().filter((folder) => !before.includes(folder));
  const start = sshd.log().length;
  controller.kill('SIGKILL');

  await expect(sshd.logged(new RegExp(`^[^]{${start}}[^]*(?:Disconnected from|Connection closed)`))).resolves.toBe(
    undefined,
  );
  await Promise.all(its.map((folder) => rm(folder, { recursive: true, force: true })));
});

describe.skipIf(noTestUsers !== undefined)(
  `a password${noTestUsers === undefined ? '' : `, skipped: ${noTestUsers}`}`,
  () => {
    let withPassword: Sshd;
    beforeAll(async () => {
      withPassword = await startSshd({ makeUser: true, config: ['PasswordAuthentication yes'] });
    });
    afterAll(() => withPassword.stop());
    const login = (password: string | undefined): Connection => {
      const { privateKeyFile: _, ...rest } = withPassword.connection({ transport: 'openssh' });
      return { ...rest, password: new Secret(password ?? '') };
    };

    test('logs in, and is seen in no argument, environment or file while connected', async () => {
      const password = withPassword.password ?? '';
      const transport = await connect(login(password));

      const { stdout } = await run('ps', ['axeww', '-o', 'args']);
      expect(stdout).not.toContain(password);
      expect(
        foldersLeft()
          .flatMap(filesIn)
          .filter((file) => readFileSync(file, 'utf8').includes(password)),
      ).toEqual([]);
      await transport.close();
    });

    test('that is wrong is given once', async () => {
      const before = connectionsTo(withPassword);

      expect(await failureOf(connect(login('hunter2')), withPassword)).toMatchInlineSnapshot(`
      "ssh did not connect to HOST:PORT: USER@HOST: Permission denied (publickey,password).
      Check \`ansible_user\` and the key, or the password."
    `);
      expect(withPassword.log().match(/Failed password/g)).toHaveLength(1);
      expect(connectionsTo(withPassword) - before).toBe(1);
    });

    test('is not given to a jump host', async () => {
      const proxyJump = `${withPassword.user}@${sshd.address}:${sshd.port}`;
      await writeFile(join(sshd.folder, 'jump_config'), `UserKnownHostsFile ${sshd.knownHostsFile}\n`);
      const configured = createConnect(
        environmentFor(sshd.folder, { sshConfigFile: join(sshd.folder, 'jump_config') }),
      );
      const jumping = { ...login(withPassword.password), proxyJump, useSshConfig: true };

      const failure = await failureOf(configured(jumping), withPassword);

      expect(failure).toMatch(/did not connect to HOST:PORT: .*Permission denied/);
      expect(sshd.log()).not.toMatch(/Failed password/);
    });
  },
);

function foldersLeft(): string[] {
  const names = readdirSync(tmpdir()).filter((name) => /^k3sbox-\w{6}$/.test(name));
  return names.map((name) => join(tmpdir(), name));
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
}
