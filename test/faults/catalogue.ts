import { dirname } from 'node:path';

import type { Controller, Lane } from './lane.ts';
import type { Disk, FaultNode } from './node.ts';

/** A run that is held at some point. */
export interface Held {
  readonly lane: Lane;
  readonly controller: Controller;
  /** The node on which the run is held. */
  readonly node: FaultNode;
  /** The run's folder on that node. */
  readonly folder: string;
  /** Faults that have two forms take turns. */
  readonly form: 0 | 1;
  readonly continuation: Continuation;
}

export type Continuation = 'resume' | 'rollback';

export interface Fault {
  readonly name: string;
  readonly title: string;
  /** The controller notices only when its keepalives are not answered, after half a minute. */
  readonly slow?: true;
  readonly prepare?: (lane: Lane) => void;
  /** Happens while the run is held. @returns what makes the world whole again when the run has ended */
  readonly inject: (held: Held) => Promise<() => Promise<void>>;
  /** What is left to put right when all is over. */
  readonly settle?: (lane: Lane) => Promise<void>;
}

const nothing = async (): Promise<void> => {};
const disks: readonly [Disk, Disk] = ['state', 'target'];

/** All that is tried. The two forms of a fault are named in docs/faults.md. */
export const faults: readonly Fault[] = [
  {
    name: 'kill-controller',
    title: 'kill -9 controller',
    inject: async ({ controller }) => {
      controller.child.kill('SIGKILL');
      await controller.ended;
      return nothing;
    },
  },
  {
    name: 'kill-sshd',
    title: "kill -9 host's sshd",
    inject: async ({ node }) => {
      await node.killSshd();
      return () => node.startSshd();
    },
  },
  {
    name: 'cable',
    title: 'cable pulled',
    slow: true,
    inject: async ({ node }) => {
      await node.link('down');
      return () => node.link('up');
    },
  },
  {
    name: 'freeze',
    title: 'host frozen',
    slow: true,
    inject: async ({ node }) => {
      await node.freeze();
      return () => node.thaw();
    },
  },
  {
    name: 'power',
    title: 'power cut',
    slow: true,
    inject: ({ node }) => node.cutPower(),
  },
  {
    name: 'disk-host',
    title: 'disk full on host',
    inject: async ({ node, form }) => {
      await node.fill(disks[form]);
      return () => node.empty(disks[form]);
    },
  },
  {
    name: 'disk-controller',
    title: 'disk full on controller',
    inject: async ({ lane }) => {
      await lane.fill();
      return async () => lane.empty();
    },
  },
  {
    name: 'clock',
    title: 'clock jump',
    prepare: (lane) => lane.useClock(),
    inject: async ({ lane, node, form, continuation, controller }) => {
      const seconds = form === 0 ? 90_000 : -90_000;
      lane.moveClock(seconds);
      await node.moveClock(seconds);
      // The jump alone disturbs nothing: to have something to resume, the controller dies with it.
      if (continuation === 'resume') controller.child.kill('SIGKILL');
      return nothing;
    },
    settle: async ({ main, helper }) => {
      await Promise.all([main.resetClock(), helper.resetClock()]);
    },
  },
  {
    name: 'permissions',
    title: 'wrong permissions',
    inject: async ({ node, folder, form }) => {
      if (folder.startsWith('/home/') && form === 0) {
        const state = dirname(dirname(folder));
        await node.inside(`chown -R root: ${state};chmod -R go= ${state}`);
        return async () => void (await node.inside(`chown -R --reference=/home/ops ${state}`));
      }
      const path = form === 0 ? folder : '/srv/app';
      await node.forbid(path);
      return () => node.allow(path);
    },
  },
];
