import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { deadmanHistory } from '../../../src/journal/deadman-events.ts';

const armed: RunEvent = { type: 'deadman-armed', host: 'n1', afterMs: 1000, time: '2026-11-22T14:00:00.000Z' };
const confirmed = (more: { readonly address?: string; readonly port?: number } = {}): RunEvent => ({
  type: 'deadman-confirmed',
  host: 'n1',
  ...more,
});
const back = (failed: number): RunEvent => ({ type: 'rollback-ended', host: 'n1', undone: 1, failed });

describe('what a journal knows of dead-man switches', () => {
  test.each<[string, readonly RunEvent[], boolean, object | undefined]>([
    ['nothing was armed', [], false, undefined],
    ['armed, and the journal ends', [armed], true, undefined],
    ['confirmed where it was', [armed, confirmed()], false, undefined],
    ['confirmed at another port', [armed, confirmed({ port: 2222 })], false, { port: 2222 }],
    [
      'moved twice',
      [armed, confirmed({ port: 2222 }), armed, confirmed({ address: '10.0.0.9' })],
      false,
      { address: '10.0.0.9', port: 2222 },
    ],
    ['confirmed, then armed again', [armed, confirmed({ port: 2222 }), armed], true, { port: 2222 }],
    ['taken back', [armed, confirmed({ port: 2222 }), back(0)], false, undefined],
    ['taken back in part', [armed, confirmed({ port: 2222 }), back(1)], false, { port: 2222 }],
    ['not taken back while armed', [armed, back(1)], true, undefined],
  ])('%s', (_title, events, isUnconfirmed, movedTo) => {
    const history = deadmanHistory(events);

    expect([history.unconfirmed.get('n1'), history.movedTo.get('n1')]).toEqual([
      isUnconfirmed ? Date.UTC(2026, 10, 22, 14, 0, 1) : undefined,
      movedTo,
    ]);
  });
});
