import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { Redactor } from '../../../src/base/redactor.ts';
import { Secret } from '../../../src/base/secret.ts';
import { makeEmitter } from '../../../src/cli/emitter.ts';

const on = { host: 'n1', task: 'say', id: 'say' };

function emitter(journal?: { append(event: RunEvent): void; synced(): Promise<void> }) {
  const redactor = new Redactor();
  redactor.add(new Secret('hunter22'));
  const seen: RunEvent[] = [];
  const broken: unknown[] = [];
  const made = makeEmitter({
    redactor,
    journal,
    reporters: [{ onEvent: (event) => seen.push(event) }],
    onBroken: (error) => broken.push(error),
  });
  return { ...made, seen, broken };
}

test('every event gets its time', () => {
  const { emit, seen } = emitter();

  emit({ type: 'warning', message: 'x' });

  expect(seen).toEqual([{ type: 'warning', message: 'x', time: expect.stringMatching(/^\d{4}-.*Z$/) }]);
});

describe('secrets', () => {
  test('are taken out wherever they are', () => {
    const { emit, seen } = emitter();

    emit({ type: 'task-ended', ...on, module: 'shell', status: 'ok', elapsedMs: 1, result: { out: ['hunter22'] } });

    expect(seen).toMatchObject([{ result: { out: ['***'] } }]);
  });

  test('are taken out of output that comes in pieces', () => {
    const { emit, seen } = emitter();

    for (const text of ['my hun', 'ter', '22 and h']) emit({ type: 'task-output', ...on, stream: 'stdout', text });
    emit({ type: 'task-output', ...on, stream: 'stderr', text: 'hunter' });
    emit({ type: 'task-ended', ...on, module: 'shell', status: 'ok', elapsedMs: 1 });

    expect(seen.map((event) => (event.type === 'task-output' ? event.text : event.type))).toEqual([
      'my ',
      '*** and ',
      'h',
      'hunter',
      'task-ended',
    ]);
  });
});

describe('a journal that cannot be written', () => {
  const full = new Error('no space left');

  test('lets nothing more be done, and everything be shown', async () => {
    const { emit, seen, broken, journaled } = emitter({
      append() {
        throw full;
      },
      async synced() {},
    });

    emit({ type: 'warning', message: 'a' });
    emit({ type: 'warning', message: 'b' });

    expect(seen).toHaveLength(2);
    expect(broken).toEqual([full]);
    await expect(journaled()).rejects.toBe(full);
  });
});
