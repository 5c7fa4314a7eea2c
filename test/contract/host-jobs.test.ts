import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import { UnreachableError } from '../../src/base/errors.ts';
import type { Async, ExecOp } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import { Host } from '../../src/host/host.ts';
import { endJob, followJob, jobState, type FollowOptions, type JobPlace } from '../../src/host/job.ts';
import type { Connect } from '../../src/host/line.ts';
import { createConnect } from '../../src/transport/connect.ts';
import { environmentFor } from '../helpers/connecting.ts';
import { group, hostWithTree, shells } from '../helpers/host-tree.ts';
import { startSshd, type Sshd } from '../helpers/sshd.ts';

vi.setConfig({ testTimeout: 60_000 });

const run = 'r1';
const inBackground = (text: string, more: Partial<Async> = {}): ExecOp => ({
  kind: 'exec',
  command: sh.raw(text),
  async: { limitMs: 60_000, pollMs: 10_000, ...more },
});

/** A number of seconds that nobody else sleeps. */
let lastSleep = 47_000;
const mySleep = (): string => `${++lastSleep}.${process.pid}`;
const sleeping = (long: string): boolean => spawnSync('pgrep', ['-f', `sleep ${long}`]).status === 0;

/** Waits in a shell until the file is there. */
const gate = (file: string): string => `until [ -e '${file}' ]; do sleep 0.05; done`;

interface Heard {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
  readonly notices: string[];
}

function listen(): Heard & Pick<FollowOptions, 'onOutput' | 'onNotice'> {
  const heard: Heard = { stdout: [], stderr: [], notices: [] };
  return {
    ...heard,
    onOutput: (stream, data) => heard[stream].push(Buffer.from(data)),
    onNotice: (message) => heard.notices.push(message),
  };
}

const all = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString();

/** Starts a command in the background on a host; it does not outlive the test. */
async function start(host: Host, op: ExecOp, step = '0001.0') {
  const { results } = await host.act([group(step.slice(0, 4), [op])], undefined, { run });
  const job: JobPlace = { host, run, as: undefined, step };
  onTestFinished(() => endJob(job).catch(() => undefined));
  const follow = (more: Partial<FollowOptions> = {}) => followJob(job, { limitMs: 60_000, pollMs: 10_000, ...more });
  return { job, started: results, follow };
}

async function startOn(shell: [string, ...string[]], op: (folder: string) => ExecOp) {
  const made = hostWithTree(shell);
  const begun = await start(made.host, op(made.folder));
  return { ...made, ...begun, jobFolder: join(made.state, 'runs', run, 'jobs', '0001.0') };
}

describe.each(shells)('a command in the background, with %s', (_name, shell) => {
  test('has its folder, environment and input, an exit code and two streams', async () => {
    const heard = listen();
    const { started, follow, jobFolder, job } = await startOn(shell, () => ({
      ...inBackground('pwd; cat; echo "$GREETING" >&2; [ -e /proc/self/fd/7 ] && echo locked; exit 3'),
      chdir: '/usr',
      environment: { GREETING: "it's $HOME\nä" },
      stdin: 'in\nput',
    }));

    expect(started).toMatchObject([{ exitCode: 0, stdout: `${jobFolder}\n` }]);
    const result = await follow(heard);

    expect(result).toMatchObject({ id: '0001.0', exitCode: 3, timedOut: false, stdout: '/usr\nin\nput' });
    expect(result.stderr).toBe("it's $HOME\nä\n");
    expect([all(heard.stdout), all(heard.stderr)]).toEqual([result.stdout, result.stderr]);
    expect(await jobState(job)).toEqual({ is: 'ended', exitCode: 3, how: 'ended' });
    const look = spawnSync('sh', [join(jobFolder, 'look')], { encoding: 'utf8' });
    expect(look.stdout).toBe('ended 3\n/usr\nin\nput');
    expect(await follow()).toMatchObject({ exitCode: 3, stdout: result.stdout });
  });

  test('starts where other commands do', async () => {
    const { host, follow } = await startOn(shell, () => inBackground('pwd'));
    const { results } = await host.act([group('0002', [{ kind: 'exec', command: sh`pwd` }])], undefined, { run });

    expect((await follow()).stdout).toBe(results[0]?.stdout);
  });

  test('shows its output while it runs, and others may act meanwhile', async () => {
    const heard = listen();
    const { host, follow, folder, job } = await startOn(shell, (tree) =>
      inBackground(`echo first; ${gate(join(tree, 'go'))}; echo last`),
    );
    const followed = follow({ ...heard, pollMs: 300 });
    await expect.poll(() => all(heard.stdout)).toBe('first\n');

    expect(await jobState(job)).toEqual({ is: 'running' });
    const go = { kind: 'exec', command: sh`echo >${join(folder, 'go')}` } as const;
    expect((await host.act([group('0002', [go])], undefined, { run })).results).toMatchObject([{ exitCode: 0 }]);
    expect(await followed).toMatchObject({ exitCode: 0, stdout: 'first\nlast\n' });
    expect(all(heard.stdout)).toBe('first\nlast\n');
  });

  test('is ended by the host alone when time is up, with all that it has started', async () => {
    const long = mySleep();
    const { follow, host } = await startOn(shell, () =>
      inBackground(`echo begun; timeout 9999 sleep ${long} & sleep ${long}`, { limitMs: 1000 }),
    );
    await host.close();
    await expect.poll(() => sleeping(long), { timeout: 5000 }).toBe(false);

    expect(await follow()).toMatchObject({ timedOut: true, stdout: 'begun\n' });
  });

  test('is killed when it does not want to end', async () => {
    const long = mySleep();
    const { follow } = await startOn(shell, () =>
      inBackground(`trap '' TERM; while :; do sleep ${long}; done`, { limitMs: 500 }),
    );

    expect(await follow()).toMatchObject({ timedOut: true });
    expect(sleeping(long)).toBe(false);
  });

  test('is ended with all that it has started when its follower is interrupted', async () => {
    const long = mySleep();
    const { follow, job } = await startOn(shell, () => inBackground(`(sleep ${long}) & sleep ${long}`));
    const interrupt = new AbortController();
    const followed = follow({ signal: interrupt.signal });
    await expect.poll(() => sleeping(long)).toBe(true);
    interrupt.abort(new Error('interrupted'));

    await expect(followed).rejects.toThrow('interrupted');
    expect(sleeping(long)).toBe(false);
    expect(await jobState(job)).toMatchObject({ is: 'ended', how: 'stopped' });
  });

  test('survives the loss of the connection, and is followed to its end', async () => {
    const heard = listen();
    const { host, follow, folder } = await startOn(shell, (tree) =>
      inBackground(`echo one; ${gate(join(tree, 'go'))}; echo two`),
    );
    const followed = follow(heard);
    await expect.poll(() => all(heard.stdout)).toBe('one\n');
    await host.disconnect();
    writeFileSync(join(folder, 'go'), '');

    expect(await followed).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\n' });
    expect(all(heard.stdout)).toBe('one\ntwo\n');
    expect(heard.notices).toEqual([
      expect.stringContaining('the command goes on there'),
      'connected again; the output goes on where it was',
    ]);
  });

  test('a rollback ends it first, and takes its step back then', async () => {
    const long = mySleep();
    const made = hostWithTree(shell);
    const mark = join(made.folder, 'mark');
    const step = {
      say: 'build',
      do: inBackground(`echo >'${mark}'; trap "echo >'${mark}'" EXIT; sleep ${long}`),
      undo: { kind: 'exec', command: sh`rm -f ${mark}` },
    } as const;
    await made.host.act([group('0001', [step])], undefined, { run });
    await expect.poll(() => sleeping(long)).toBe(true);

    expect(await made.host.undo(run, undefined, {})).toMatchObject([
      { step: '0001.0', result: 'undone', say: 'end the command that still runs in the background' },
      { step: '0001.0', result: 'undone' },
    ]);
    expect(sleeping(long)).toBe(false);
    expect(existsSync(mark)).toBe(false);
  });

  test('a rollback by hand ends it, too; one that only looks does not', async () => {
    const long = mySleep();
    const { state } = await startOn(shell, () => inBackground(`sleep ${long}`));
    const undo = join(state, 'runs', run, 'undo');
    await expect.poll(() => sleeping(long)).toBe(true);
    const [program, ...words] = shell.slice(0, -1);

    const looked = spawnSync(program ?? 'sh', [...words, undo], {
      encoding: 'utf8',
      env: { ...process.env, CHECK: '1' },
    });
    expect(looked.stdout).toContain('end the command that still runs in the background');
    expect(sleeping(long)).toBe(true);
    const undone = spawnSync(program ?? 'sh', [...words, undo], { encoding: 'utf8' });
    expect(undone).toMatchObject({ status: 0, stderr: '' });
    expect(sleeping(long)).toBe(false);
  });

  test('the same step of a resumed run is the same command, not a second one', async () => {
    const { host, folder, follow } = await startOn(shell, (tree) =>
      inBackground(`echo once >>'${join(tree, 'count')}'; ${gate(join(tree, 'go'))}; echo through`),
    );
    const again = await start(host, inBackground('echo must not run', { pickUp: '0001.0' }), '0002.0');
    const third = await start(host, inBackground('echo must not run', { pickUp: '0002.0' }), '0003.0');
    writeFileSync(join(folder, 'go'), '');

    expect(await third.follow()).toMatchObject({ id: '0003.0', exitCode: 0, stdout: 'through\n' });
    expect(await again.follow()).toMatchObject({ id: '0002.0', exitCode: 0, stdout: 'through\n' });
    expect(await follow()).toMatchObject({ exitCode: 0 });
    expect(statSync(join(folder, 'count')).size).toBe('once\n'.length);
  });

  test('one that was never started is started under its own name', async () => {
    const { host } = hostWithTree(shell);
    const { follow } = await start(host, inBackground('echo now', { pickUp: '0001.0' }), '0002.0');

    expect(await follow()).toMatchObject({ exitCode: 0, stdout: 'now\n' });
  });

  test('is lost when it is gone without a word', async () => {
    const long = mySleep();
    const { follow, jobFolder, job } = await startOn(shell, () => inBackground(`sleep ${long}`));
    await expect.poll(() => sleeping(long)).toBe(true);
    spawnSync('sh', ['-c', `read -r c x s rest <'${join(jobFolder, 'pid')}'; kill -9 $s -$c`]);

    expect(await follow()).toMatchObject({ lost: true });
    expect(await jobState(job)).toEqual({ is: 'lost' });
  });

  test('keeps 64 MiB of what it prints, and goes on', async () => {
    const heard = listen();
    const { follow, jobFolder } = await startOn(shell, () => inBackground('head -c 70000000 /dev/zero; echo end >&2'));

    expect(await follow({ onNotice: (message) => heard.notices.push(message) })).toMatchObject({ stderr: 'end\n' });
    expect(statSync(join(jobFolder, 'out')).size).toBe(64 * 1024 * 1024);
    expect(heard.notices).toEqual(['more than 64 MiB of output; the rest is dropped']);
  });

  test('a daemon that it leaves behind keeps nobody waiting', async () => {
    const long = mySleep();
    const { follow } = await startOn(shell, () => inBackground(`sleep ${long} & echo started`));

    expect(await follow()).toMatchObject({ exitCode: 0, stdout: 'started\n' });
    expect(sleeping(long)).toBe(true);
    spawnSync('pkill', ['-f', `sleep ${long}`]);
  });
});

test('no byte is lost and none comes twice, however the output is cut and wherever the connection is', async () => {
  const { host, folder } = hostWithTree();
  const piece = fc.record({
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(200_000).map((size) => randomBytes(size)),
    ),
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    pauseMs: fc.constantFrom(0, 0, 30, 150),
  });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 8 }),
      fc.array(fc.nat(300_000), { maxLength: 2 }),
      fc.constantFrom(200, 10_000),
      async (pieces, cuts, pollMs) => {
        const step = `${String(++number).padStart(4, '0')}.0`;
        const source = join(folder, step);
        mkdirSync(source);
        const lines = pieces.map(({ bytes, stream, pauseMs }, i) => {
          writeFileSync(join(source, String(i)), bytes);
          return `cat '${source}/${i}'${stream === 'stderr' ? ' >&2' : ''}; sleep ${pauseMs / 1000}`;
        });
        const { follow } = await start(host, inBackground([...lines, 'exit 4'].join('\n')), step);
        const heard = listen();
        const open = [...cuts];
        let bytes = 0;

        const result = await follow({
          pollMs,
          onOutput: (stream, data) => {
            heard.onOutput?.(stream, data);
            bytes += data.length;
            if (open[0] !== undefined && bytes >= open[0]) {
              open.shift();
              void host.disconnect();
            }
          },
        });

        expect(result.exitCode).toBe(4);
        for (const stream of ['stdout', 'stderr'] as const) {
          const wanted = Buffer.concat(pieces.filter((one) => one.stream === stream).map((one) => one.bytes));
          expect(Buffer.concat(heard[stream]).equals(wanted)).toBe(true);
        }
        rmSync(source, { recursive: true });
      },
    ),
    { numRuns: 12 },
  );
});

function connectTo({ folder }: Sshd): Connect {
  const connect = createConnect(environmentFor(folder));
  return (connection, signal) => connect(connection, { signal });
}

describe('over ssh', () => {
  let sshd: Sshd;
  beforeAll(async () => void (sshd = await startSshd()));
  afterAll(() => sshd.stop());

  function hostOverSsh(): Host {
    const connect = connectTo(sshd);
    const state = join(sshd.folder, `state-${readdirSync(sshd.folder).length}`);
    const host = new Host(sshd.connection({ stateFolder: state }), connect, new AbortController().signal);
    onTestFinished(() => host.close());
    return host;
  }

  test('it outlives the server of its connection, and is followed to its end on a new one', async () => {
    const host = hostOverSsh();
    const go = join(sshd.folder, 'go');
    const heard = listen();
    const { follow } = await start(host, inBackground(`echo one; ${gate(go)}; echo two`));
    const followed = follow(heard);
    await expect.poll(() => all(heard.stdout)).toBe('one\n');
    sshd.dropConnections();
    await expect.poll(() => heard.notices.length).toBeGreaterThan(0);
    appendFileSync(go, '');

    expect(await followed).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\n' });
    expect(all(heard.stdout)).toBe('one\ntwo\n');
  });

  test('a host that stays away is given up when the command must have ended', async () => {
    const host = hostOverSsh();
    const long = mySleep();
    const { job } = await start(host, inBackground(`echo one; sleep ${long}`));
    const interrupt = new AbortController();
    const heard = listen();
    let isAway = false;
    const away = new Host(
      host.connection,
      async (...words) => {
        if (isAway) throw new UnreachableError('no route');
        return connectTo(sshd)(...words);
      },
      new AbortController().signal,
    );
    const followed = followJob(
      { ...job, host: away },
      { ...heard, limitMs: -60_000, pollMs: 10_000, signal: interrupt.signal },
    );
    await expect.poll(() => all(heard.stdout)).toBe('one\n');
    isAway = true;
    await away.disconnect();

    await expect(followed).rejects.toMatchObject({ code: 'unreachable', message: 'no route' });
    expect(sleeping(long)).toBe(true);
  });
});
