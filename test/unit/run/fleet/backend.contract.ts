import { expect, onTestFinished, test } from 'vitest';

import type { RunEvent } from '../../../../src/base/event.ts';
import type { Control } from '../../../../src/journal/control.ts';
import type { FleetBackend, HostPart } from '../../../../src/run/fleet/backend.ts';

/** One recorded run, and what can be done to it from outside. */
export interface BackendSetUp {
  /** A controller that wants to lead the run: "a", "b"... @throws LockedError */
  lead(controller: string): FleetBackend;
  /** From now on this one is taken for dead, although it may go on. */
  losesTouch(controller: string): void;
  /** What somebody at another terminal says. */
  say(action: Control): void;
  /** Everything that was written down. */
  events(): readonly RunEvent[];
}

const part = (host: string): HostPart => ({ play: 0, wave: 0, host });
const warning = (message: string): RunEvent => ({ type: 'warning', message });

function lead(run: BackendSetUp, controller: string): FleetBackend {
  const backend = run.lead(controller);
  onTestFinished(() => backend.close().catch(() => undefined));
  return backend;
}

/** What the engine rests on, whoever runs its hosts. */
export function describeBackend(setUp: () => BackendSetUp): void {
  test('one controller leads a run; the next one may when it has let go', async () => {
    const run = setUp();
    const first = run.lead('a');
    expect(() => run.lead('b')).toThrow(/is still going on/);

    await first.close();
    expect(() => lead(run, 'b')).not.toThrow();
  });

  test('what was written down stays, in order, also for the next controller', async () => {
    const run = setUp();
    const first = run.lead('a');
    first.journal?.append(warning('one'));
    first.journal?.append(warning('two'));
    await first.journal?.synced();
    await first.close();
    lead(run, 'b').journal?.append(warning('three'));

    expect(run.events()).toMatchObject([{ message: 'one' }, { message: 'two' }, { message: 'three' }]);
  });

  test('a controller that was taken for dead and replaced may not act, and writes nothing more', async () => {
    const run = setUp();
    const first = lead(run, 'a');
    run.losesTouch('a');
    const second = lead(run, 'b');
    first.journal?.append(warning('not yet noticed'));

    await expect(first.journal?.synced()).rejects.toThrow(/taken over/);
    expect(first.lost.aborted).toBe(true);
    expect(() => first.journal?.append(warning('late'))).toThrow(/taken over/);
    await expect(second.journal?.synced()).resolves.toBeUndefined();
    expect(second.lost.aborted).toBe(false);
  });

  test('the one that was replaced does not take the lead away when it closes', async () => {
    const run = setUp();
    const first = run.lead('a');
    run.losesTouch('a');
    lead(run, 'b');
    await first.close();

    expect(() => run.lead('c')).toThrow(/is still going on/);
  });

  test('a part is done by whoever serves, also when it was handed out before, and its outcome comes back', async () => {
    const backend = lead(setUp(), 'a');
    const early = backend.dispatch(part('n1'));
    backend.serve(async ({ host }) => (host === 'n1' ? 'failed' : 'ok'));

    expect(await early).toBe('failed');
    expect(await backend.dispatch(part('n2'))).toBe('ok');
  });

  test('what another terminal says is heard, each word once, until nobody listens', async () => {
    const run = setUp();
    const backend = lead(run, 'a');
    const heard: Control[] = [];
    const resumed = new Promise<void>((resolve) => {
      const stop = backend.onControl((action) => {
        heard.push(action);
        if (action === 'resume') resolve();
      });
      onTestFinished(stop);
    });
    run.say('pause');
    run.say('resume');
    await resumed;

    expect(heard).toEqual(['pause', 'resume']);
  });
}
