import type { ErrorData, HostSummary } from '../../base/event.ts';
import type { ReportedHostStatus } from './run-report.ts';

/** What the journal says of a host at its end: `HostHistory` of journal/, which this folder does not know. */
export interface HostOutcome {
  readonly host: string;
  readonly status: ReportedHostStatus;
  readonly counts: Omit<HostSummary, 'status'>;
  readonly steps: readonly OutcomeStep[];
  readonly error?: ErrorData;
}

export interface OutcomeStep {
  readonly say: string;
  readonly task: string;
  /** The task's id. */
  readonly id: string;
  readonly reversible: boolean;
  readonly state: 'intended' | 'done' | 'unchanged' | 'undone' | 'undo-failed';
}
