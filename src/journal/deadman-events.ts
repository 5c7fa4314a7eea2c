import type { RunEvent } from '../base/event.ts';

/** Where a run's dead-man switches have left its hosts. */
export interface DeadmanHistory {
  /** Hosts that were moved, and where to. */
  readonly movedTo: ReadonlyMap<string, { readonly address?: string; readonly port?: number }>;
  /** Hosts whose switch was armed and never confirmed, and when it fires or has fired: milliseconds of this machine's clock. */
  readonly unconfirmed: ReadonlyMap<string, number>;
}

/** What the journal knows of dead-man switches. Pure. */
export function deadmanHistory(events: readonly RunEvent[]): DeadmanHistory {
  const movedTo = new Map<string, { readonly address?: string; readonly port?: number }>();
  const unconfirmed = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'deadman-armed') unconfirmed.set(event.host, Date.parse(event.time ?? '') + event.afterMs || 0);
    if (event.type === 'deadman-confirmed') {
      unconfirmed.delete(event.host);
      const { address, port } = event;
      if (address !== undefined || port !== undefined) {
        movedTo.set(event.host, { ...movedTo.get(event.host), ...(address && { address }), ...(port && { port }) });
      }
    }
    if (event.type === 'rollback-ended' && event.failed === 0) {
      unconfirmed.delete(event.host);
      movedTo.delete(event.host);
    }
  }
  return { movedTo, unconfirmed };
}
