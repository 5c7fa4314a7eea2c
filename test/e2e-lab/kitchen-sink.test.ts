/*
 * Proves with one playbook that has every generic module, on a real node: what is planned is what changes; the second run
 * changes nothing; a failure at the very end takes everything back, over a reboot, on another host, too; what cannot be taken
 * back is said by the plan.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { modules } from '../../src/modules/index.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { useFleet } from './use-fleet.ts';

const folder = join(import.meta.dirname, 'kitchen-sink');
const playbook = join(folder, 'site.yaml');
const tool = '#!/bin/sh\necho tool\n';

const Plan = z.object({
  hosts: z.record(
    z.string(),
    z.object({ tasks: z.array(z.object({ name: z.string(), action: z.string(), reversible: z.boolean() })) }),
  ),
});

/** Tests of their own: they need a cluster. */
/** `async_status` only asks for a job: see async.test.ts. */
const isGeneric = ({ name }: { readonly name: string }): boolean =>
  !/^(k3s|k8s|sysbox|containerd|crio)_|^async_status$/.test(name);

describeLab('the kitchen sink', () => {
  const fleet = useFleet('sink', { sink: { base: 'forky' }, helper: { base: 'forky', light: true } });
  const { lab, cwd } = fleet;
  let variables: readonly string[];
  let before: readonly string[];
  const look = () => Promise.all(['sink', 'helper'].map((node) => fleet.look(node)));
  const k3sbox = (command: string, ...words: readonly string[]) =>
    fleet.k3sbox(command, playbook, '--limit', 'sink', ...variables, ...words);

  beforeAll(async () => {
    fleet.write('tool.sh', tool);
    mkdirSync(join(cwd, 'inner'));
    fleet.write('inner/file', 'unpacked\n');
    execFileSync('tar', ['-czf', join(cwd, 'archive.tgz'), '-C', cwd, 'inner']);
    const values = {
      web: await serveWeb(),
      archive: join(cwd, 'archive.tgz'),
      tool_sha256: createHash('sha256').update(tool).digest('hex'),
    };
    variables = Object.entries(values).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    // cron leaves a group behind when it is removed: this is no test of packages
    await fleet.root('sink', 'apt-get -qq update && apt-get -qq install cron >/dev/null 2>&1');
    before = await look();
  });
  afterAll(() => rmSync(join(folder, 'fetched'), { recursive: true, force: true }));

  /** A web server in the fleet's network, of a folder with `tool.sh`; it goes with the lab. */
  async function serveWeb(): Promise<string> {
    const program = `require('node:http').createServer((_, answer) => answer.end(${JSON.stringify(tool)}))
      .listen(8000, () => console.log('ready'))`;
    const server = lab.spawn([process.execPath, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => server.stdout?.once('data', resolve));
    return `http://${lab.address('sink').split('.').slice(0, 2).join('.')}.255.254:8000`;
  }

  test('has every generic module', () => {
    const text = readFileSync(playbook, 'utf8');

    expect(
      modules
        .filter(isGeneric)
        .map(({ name }) => name)
        .filter((name) => !text.includes(` ${name}:`)),
    ).toEqual([]);
  });

  test('that fails at the very end is as it was, and so is the helper', async () => {
    const { exitCode, stdout } = await k3sbox('run', '-e', 'broken=yes');

    expect(stdout).toMatch(/^sink +failed .* The end$/m);
    expect(exitCode).toBe(5);
    expect(await look()).toEqual(before);
  });

  test('changes what was planned, and nothing the second time', async () => {
    const planned =
      Plan.parse(JSON.parse((await k3sbox('plan', '--output', 'json')).stdout)).hosts['sink']?.tasks ?? [];
    const first = await k3sbox('run');
    const events = await fleet.events();
    const second = await k3sbox('run');

    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    const changed = events.flatMap((event) =>
      event.type === 'task-ended' && event.status === 'changed' ? [event.task] : [],
    );
    const namesOf = (action: string) => planned.filter((task) => task.action === action).map(({ name }) => name);
    expect(namesOf('change').filter((name) => !changed.includes(name))).toEqual([]);
    expect(changed.filter((name) => !namesOf('change').includes(name))).toMatchInlineSnapshot(`
      [
        "Its key",
        "Rescued",
      ]
    `);
    expect(namesOf('unknown')).toMatchInlineSnapshot(`
      [
        "Its key",
        "Does the network answer?",
        "As it should be",
        "Fails",
        "Rescued",
      ]
    `);
    expect(planned.filter(({ reversible }) => !reversible).map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "Into the new boot",
      ]
    `);
    expect(second.stdout).toContain('; 0 tasks changed; ');
    expect(await fleet.root('sink', 'hostname; cat /opt/sink/unpacked/inner/file /opt/sink/told')).toBe(
      'sink-sink\nunpacked\ntold\n',
    );
    expect(readFileSync(join(folder, 'fetched/sink/opt/sink/greeting'), 'utf8')).toBe('hello late more\n');

    expect((await fleet.k3sbox('rollback', 'last')).exitCode).toBe(0);
  });

  test('is carried out from a saved plan, held to its steps, as it was planned', async () => {
    const planned = await k3sbox('plan', '-o', 'plan.json', '--detailed-exit-code');
    const applied = await fleet.start('apply', 'plan.json').ended;

    expect([planned.exitCode, applied.exitCode], applied.stdout).toEqual([1, 0]);
    expect((await fleet.k3sbox('rollback', 'last')).exitCode).toBe(0);
  });
});
