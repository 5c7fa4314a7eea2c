import type { Span } from '../base/diagnostic.ts';
import type { PlannedAction } from '../base/event.ts';
import type { Step } from '../base/op.ts';
import type { Answered } from '../host/guard.ts';

/** What a dry run found out about a task on a host, with all that it rests on: secrets are in it. */
export interface PlannedTask {
  readonly host: string;
  readonly id: string;
  readonly name: string;
  readonly at: Span;
  readonly module: string;
  readonly plan: { readonly action: PlannedAction; readonly note?: string };
  /** One for each item of its loop that was planned. */
  readonly items: readonly { readonly steps: readonly Step[]; readonly reads: readonly Answered[] }[];
  readonly noLog: boolean;
}
