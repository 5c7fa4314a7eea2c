import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Connection } from '../../src/base/connection.ts';
import { Secret } from '../../src/base/secret.ts';
import { createConnect } from '../../src/transport/connect.ts';
import { connectionsTo, environmentFor, failureOf, greet } from '../helpers/connecting.ts';
import { startAgent, type TestAgent } from '../helpers/ssh-agent.ts';
import { makeKey, startSshd, type KeyKind, type Sshd } from '../helpers/sshd.ts';
import { noTestUsers } from '../helpers/test-user.ts';

describe('a key', () => {
  let sshd: Sshd;
  let agent: TestAgent;
  let strangersKey: string;
  let lockedKey: string;
  beforeAll(async () => {
    sshd = await startSshd();
    agent = await startAgent(sshd.folder);
    strangersKey = await makeKey(sshd.folder, 'stranger', 'ed25519');
    lockedKey = await makeKey(sshd.folder, 'locked', 'ed25519', 'open sesame');
    await writeFile(sshd.authorizedKeysFile, await keysOf([sshd.privateKeyFile, lockedKey]));
  });
  afterAll(async () => {
    agent.stop();
    await sshd.stop();
  });

  test('that the host does not know is tried once, and the error says which it was', async () => {
    const connect = createConnect(environmentFor(sshd.folder));
    const before = connectionsTo(sshd);

    expect(await failureOf(connect(sshd.connection({ privateKeyFile: strangersKey })), sshd)).toMatchInlineSnapshot(`
      "HOST:PORT refused to log in USER; tried the key FOLDER/stranger_ed25519 (ssh-ed25519 SHA256:…); the host takes publickey
      Check \`ansible_user\`, and that the key is in ~USER/.ssh/authorized_keys on the host."
    `);
    expect(connectionsTo(sshd) - before).toBe(1);
  });

  test('that is not there is a mistake of ours, and the host is left alone', async () => {
    const connect = createConnect(environmentFor(sshd.folder));
    const before = connectionsTo(sshd);

    expect(await failureOf(connect(sshd.connection({ privateKeyFile: '/nowhere/key' })), sshd)).toMatchInlineSnapshot(`
      "the private key cannot be used: /nowhere/key does not exist
      Correct \`ansible_ssh_private_key_file\`."
    `);
    expect(connectionsTo(sshd) - before).toBe(0);
  });

  test('that is encrypted opens with its passphrase', async () => {
    const connect = createConnect(environmentFor(sshd.folder));
    const privateKeyPassphrase = new Secret('open sesame');

    expect(await greet(connect(sshd.connection({ privateKeyFile: lockedKey, privateKeyPassphrase })))).toBe('hello');
  });

  test('that is encrypted says so when there is no passphrase', async () => {
    const connect = createConnect(environmentFor(sshd.folder));

    expect(await failureOf(connect(sshd.connection({ privateKeyFile: lockedKey })), sshd)).toMatchInlineSnapshot(`
      "the private key cannot be used: FOLDER/locked_ed25519 is encrypted and there is no passphrase for it
      Add the key to the agent with \`ssh-add FOLDER/locked_ed25519\`, or give its passphrase in the inventory."
    `);
  });

  test('whose passphrase is wrong says so, without the passphrase', async () => {
    const connect = createConnect(environmentFor(sshd.folder));
    const privateKeyPassphrase = new Secret('hunter2');

    const failure = await failureOf(
      connect(sshd.connection({ privateKeyFile: lockedKey, privateKeyPassphrase })),
      sshd,
    );

    expect(failure).toMatchInlineSnapshot(`
      "the private key cannot be used: the passphrase of FOLDER/locked_ed25519 is wrong
      Add the key to the agent with \`ssh-add FOLDER/locked_ed25519\`, or give its passphrase in the inventory."
    `);
  });

  test('that is encrypted may be in the agent instead', async () => {
    await agent.add(sshd.privateKeyFile);
    const sealed = join(sshd.folder, 'sealed');
    await copyFile(lockedKey, sealed);
    await copyFile(`${sshd.privateKeyFile}.pub`, `${sealed}.pub`);
    const connect = createConnect(environmentFor(sshd.folder, { sshAuthSock: agent.socket }));

    expect(await greet(connect(sshd.connection({ privateKeyFile: sealed })))).toBe('hello');
  });

  test('in the agent is found without being named', async () => {
    await agent.add(strangersKey);
    await agent.add(sshd.privateKeyFile);
    const connect = createConnect(environmentFor(sshd.folder, { sshAuthSock: agent.socket }));
    const { privateKeyFile: _, ...connection } = sshd.connection();

    expect(await greet(connect(connection))).toBe('hello');
  });

  test('works though SSH_AUTH_SOCK leads nowhere', async () => {
    const connect = createConnect(environmentFor(sshd.folder, { sshAuthSock: join(sshd.folder, 'gone.sock') }));

    expect(await greet(connect(sshd.connection()))).toBe('hello');
  });

  test('that nobody has is asked for', async () => {
    const connect = createConnect(environmentFor('/nowhere', { sshAuthSock: '/nowhere/agent' }));
    const { privateKeyFile: _, ...connection } = sshd.connection();

    expect(await failureOf(connect(connection), sshd)).toMatchInlineSnapshot(`
      "HOST:PORT refused to log in USER; there was nothing to try; the host takes publickey; the agent at /nowhere/agent does not answer (Failed to connect to agent)
      Name a key with \`ansible_ssh_private_key_file\`, or add one to the agent with \`ssh-add\`."
    `);
  });

  test('with a certificate beside it points to the system ssh', async () => {
    const connect = createConnect(environmentFor(sshd.folder));
    await writeFile(`${strangersKey}-cert.pub`, 'some certificate');

    const failure = await failureOf(connect(sshd.connection({ privateKeyFile: strangersKey })), sshd);
    await rm(`${strangersKey}-cert.pub`);

    expect(failure).toMatchInlineSnapshot(`
      "HOST:PORT refused to log in USER; tried the key FOLDER/stranger_ed25519 (ssh-ed25519 SHA256:…); the host takes publickey; FOLDER/stranger_ed25519 has a certificate, which only the system's ssh can show
      Set \`ansible_connection: openssh\` for this host: certificates and security keys need the system's ssh."
    `);
  });
});

test.each<[KeyKind, KeyKind]>([
  ['rsa', 'ecdsa'],
  ['ecdsa', 'rsa'],
])('an %s key logs in at a host with an %s key', async (userKey, hostKey) => {
  const sshd = await startSshd({ userKey, hostKeys: [hostKey] });
  const connect = createConnect(environmentFor(sshd.folder));

  expect(await greet(connect(sshd.connection()))).toBe('hello');
  await sshd.stop();
});

describe.skipIf(noTestUsers !== undefined)(
  `a password${noTestUsers === undefined ? '' : `, skipped: ${noTestUsers}`}`,
  () => {
    const started: Sshd[] = [];
    const start = async (config: readonly string[]): Promise<Sshd> => {
      const sshd = await startSshd({ makeUser: true, config });
      started.push(sshd);
      return sshd;
    };
    afterAll(() => Promise.all(started.map((sshd) => sshd.stop())));

    test.each([
      ['by itself', ['PasswordAuthentication yes']],
      ['asked for by PAM', ['UsePAM yes', 'KbdInteractiveAuthentication yes']],
    ])('logs in %s', async (_case, config) => {
      const sshd = await start(config);
      const connect = createConnect(environmentFor(sshd.folder));

      expect(await greet(connect(withPassword(sshd, sshd.password)))).toBe('hello');
    });

    test('logs in as the second of two factors', async () => {
      const sshd = await start(['PasswordAuthentication yes', 'AuthenticationMethods publickey,password']);
      const connect = createConnect(environmentFor(sshd.folder));
      const password = new Secret(sshd.password ?? '');

      expect(await greet(connect(sshd.connection({ password })))).toBe('hello');
    });

    test('that is wrong is given once, though the host would ask twice', async () => {
      const sshd = await start(['UsePAM yes', 'PasswordAuthentication yes', 'KbdInteractiveAuthentication yes']);
      const connect = createConnect(environmentFor(sshd.folder));

      expect(await failureOf(connect(withPassword(sshd, 'hunter2')), sshd)).toMatchInlineSnapshot(`
        "HOST:PORT refused to log in USER; tried the password; the host takes publickey, password, keyboard-interactive
        Check \`ansible_user\` and \`ansible_password\`."
      `);
      expect(sshd.log().match(/Failed (?:password|keyboard-interactive)/g)).toEqual(['Failed password']);
      expect(connectionsTo(sshd)).toBe(1);
    });

    test('that is missing is asked for', async () => {
      const sshd = await start(['PasswordAuthentication yes', 'PubkeyAuthentication no']);
      const connect = createConnect(environmentFor(sshd.folder));

      expect(await failureOf(connect(sshd.connection()), sshd)).toMatchInlineSnapshot(`
      "HOST:PORT refused to log in USER; tried the key FOLDER/user_ed25519 (ssh-ed25519 SHA256:…); the host takes password
      The host takes no keys: give \`ansible_password\`."
    `);
    });
  },
);

function withPassword(sshd: Sshd, password: string | undefined): Connection {
  const { privateKeyFile: _, ...connection } = sshd.connection();
  return { ...connection, password: new Secret(password ?? '') };
}

async function keysOf(files: readonly string[]): Promise<string> {
  return (await Promise.all(files.map((file) => readFile(`${file}.pub`, 'utf8')))).join('');
}
