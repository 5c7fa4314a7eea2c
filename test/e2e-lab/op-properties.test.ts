/*
 * The law of all ops: undo after do is as if nothing had been done, on a real node, also when do was cut off before, in or after
 * any of its steps. Paths have the same law in test/contract/host-undo.test.ts, with other shells; what needs systemd and
 * packages is here. `wait` and `reboot` change nothing that could be taken back.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Step, UnitVerb } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import { Host } from '../../src/host/host.ts';
import { makeBatch } from '../../src/run/make-batch.ts';
import { differences } from '../faults/lane.ts';
import { FaultNode } from '../faults/node.ts';
import { buildTripwire, Tripwire } from '../faults/tripwire.ts';
import { localConnection } from '../helpers/local-host.ts';
import { spawnTransport } from '../helpers/spawn-transport.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { useLab } from './use-lab.ts';

const units = ['one', 'two'] as const;
const verbs: readonly UnitVerb[] = ['start', 'stop', 'restart', 'enable', 'disable', 'mask', 'unmask'];

const anyUnitStep = fc
  .record({ unit: fc.constantFrom(...units), verb: fc.constantFrom(...verbs) })
  .map(({ unit, verb }): Step => ({ say: `${verb} ${unit}`, do: { kind: 'unit', unit: `${unit}.service`, verb } }));

const anyUnitState = fc.record({ active: fc.boolean(), file: fc.constantFrom('enabled', 'disabled', 'masked') });

/** A command that notes that it ran, and what takes that back. */
const anyCommandStep = fc.constantFrom(...units).map((name): Step => {
  const file = `/srv/app/${name}`;
  return {
    say: `command ${name}`,
    do: { kind: 'exec', command: sh`echo half >>${file};sync ${file};echo whole >>${file};true` },
    undo: { kind: 'exec', command: sh`rm -f ${file}` },
  };
});

const anyFileStep = fc.constantFrom(...units).map((name): Step => ({
  say: `unit file ${name}`,
  do: {
    kind: 'file',
    path: `/etc/systemd/system/${name}.service.d/more.conf`,
    content: { from: 'text', text: '[Service]\nNice=1\n' },
  },
}));

const anyPackageStep = fc
  .constantFrom(
    { ensure: 'present', names: ['rsync'] } as const,
    { ensure: 'present', names: ['curl', 'rsync'] } as const,
    { ensure: 'absent', names: ['rsync'] } as const,
    { ensure: 'absent', names: ['rsync'], purge: true } as const,
  )
  .map((op): Step => ({
    say: `${op.ensure} ${op.names.join(' ')}`,
    do: { kind: 'package', manager: 'apt', ...op },
  }));

interface Cut {
  readonly step: number;
  /** Before it, behind it, or before its n-th program. */
  readonly at: 'begun' | 'rc' | number;
}

const anyCut: fc.Arbitrary<Cut | null> = fc.option(
  fc.record({
    step: fc.nat(2),
    at: fc.oneof(fc.constantFrom('begun' as const, 'rc' as const), fc.integer({ min: 1, max: 60 })),
  }),
);

describeLab('on a node', () => {
  const lab = useLab('props', 0);
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-props-'));
  const node = new FaultNode(lab, 'node', { disks: folder, light: false });
  let tripwire = '';
  let host: Host;
  let runs = 0;

  beforeAll(async () => {
    tripwire = await buildTripwire(folder);
    await node.make();
    await node.inside(`apt-get -qq update
cd /etc/systemd/system
# not empty: when a package is purged, Debian's helpers remove empty folders there
for u in one two;do mkdir $u.service.d;echo '[Unit]' >$u.service.d/empty.conf;printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' >$u.service;done
# one that can be masked: its file is not where the mask would be
mkdir -p /usr/local/lib/systemd/system
cp one.service /usr/local/lib/systemd/system/three.service
systemctl daemon-reload`);
    host = reach();
  });
  afterAll(async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  });

  function reach(): Host {
    const shell = ['nsenter', '-t', node.init, '-a', '/bin/sh', '-c'] as const;
    const connect = () => Promise.resolve(spawnTransport([...shell]));
    return new Host(localConnection(), connect, new AbortController().signal);
  }

  /** By a power cut. */
  async function reboot(): Promise<void> {
    const boot = await node.cutPower();
    await host.close();
    await boot();
    host = reach();
  }

  /** Acts as the engine does; everything of the batch is killed at the cut. */
  async function act(steps: readonly Step[], cut: Cut | null): Promise<string> {
    const run = `r${runs++}`;
    const items = steps.map((step) => ({ steps: [step], reads: [], stopAfter: false }));
    const { groups } = makeBatch(items, () => host.groups.next(undefined));
    const ids = groups.flatMap((group) => group.steps.map(({ id }) => id));
    const start = () => host.act(groups, undefined, { run }).catch(() => undefined);
    if (cut === null) {
      await start();
      return run;
    }
    const step = ids[cut.step % ids.length] ?? '';
    const wire = await Tripwire.stopAt(tripwire, node.mounts, { folder: `/runs/${run}/`, step, at: cut.at });
    const acted = start();
    const held = await Promise.race([wire.sprung(), acted.then(() => undefined)]);
    if (held !== undefined) await node.inside(`pkill -9 -s "$(cat /var/lib/k3sbox/runs/${run}/pid)"`);
    await wire.remove();
    await acted;
    return run;
  }

  /** What differs from before when the steps are done, as far as the cut lets them, and taken back. */
  async function leftBy(steps: readonly Step[], cut: Cut | null): Promise<readonly string[]> {
    const before = await node.look();

    const run = await act(steps, cut);
    const undone = await host.undo(run, undefined, {});

    const failed = undone.filter(({ result }) => result !== 'undone' && result !== 'same');
    return [...failed.map(({ say }) => say), ...differences(before, await node.look())];
  }

  test('units, their files and commands go back, whatever they were', async () => {
    const anyStep = fc.oneof({ weight: 4, arbitrary: anyUnitStep }, anyCommandStep, anyFileStep);
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(anyUnitState, anyUnitState),
        fc.array(anyStep, { minLength: 1, maxLength: 4 }),
        anyCut,
        async (states, steps, cut) => {
          const set = states.map(({ active, file }, i) => {
            const unit = `${units[i]}.service`;
            const enabled = file === 'masked' ? '' : `systemctl ${file === 'enabled' ? 'enable' : 'disable'} ${unit};`;
            return `systemctl unmask ${unit};${enabled}systemctl ${active ? 'start' : 'stop'} ${unit};${file === 'masked' ? `systemctl mask ${unit}` : ''}`;
          });
          await node.inside(`{ ${set.join('\n')}\n} >/dev/null 2>&1;systemctl reset-failed;:`);
          expect(await leftBy(steps, cut)).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  }, 300_000);

  // A rollback takes the whole run back; a resume takes the one step back that was cut off.
  test.each([
    { unit: 'one.service', verb: 'enable', whole: true },
    { unit: 'one.service', verb: 'enable', whole: false },
    { unit: 'three.service', verb: 'unmask', whole: false },
  ] as const)('what a boot has started stops: $verb, the whole run: $whole', async ({ unit, verb, whole }) => {
    await node.inside('systemctl disable --now one two;systemctl enable three;systemctl mask --now three;sync');
    const before = await node.look();
    host = reach();
    const run = await act([{ say: verb, do: { kind: 'unit', unit, verb } }], { step: 0, at: 'rc' });

    await reboot();
    const booted = await node.look();
    const undone = await host.undo(run, undefined, whole ? {} : { only: ['0001.0'] });

    expect(booted).toContain(`unit ${unit} loaded active running`);
    expect(undone.map(({ result }) => result)).toEqual(['undone']);
    expect(differences(before, await node.look())).toEqual([]);
  });

  test('packages go back, with what they bring', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), anyPackageStep, anyCut, async (isThere, step, cut) => {
        await node.inside(`apt-get -qq -y ${isThere ? 'install' : 'purge'} rsync >/dev/null 2>&1`);
        expect(await leftBy([step], cut)).toEqual([]);
      }),
      { numRuns: 10 },
    );
  }, 300_000);
});
