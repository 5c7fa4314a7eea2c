/** Something that a person should know about a node or the cluster. Sentences start small and have no full stop. */
export interface Finding {
  /** `failure`: it does not work, or will not after the next restart. `warning`: it works, and should be looked at. */
  readonly severity: 'failure' | 'warning';
  /** The group of checks that found it. */
  readonly check: CheckName;
  /** What is wrong, and where. May hold what a host printed. */
  readonly message: string;
  /** Why it is so, where that is known from the text of an error. */
  readonly cause?: string;
  /** What to do, as an imperative. */
  readonly advice?: string;
}

export type CheckName =
  | 'reach'
  | 'machine'
  | 'k3s'
  | 'containerd'
  | 'sysbox'
  | 'proof'
  | 'leftovers'
  | 'logs'
  | 'cluster'
  | 'pods';

type About = Pick<Finding, 'check' | 'message' | 'advice' | 'cause'>;

export function failure(check: CheckName, message: string, advice?: string): Finding {
  return finding('failure', { check, message, ...(advice !== undefined && { advice }) });
}

export function warning(check: CheckName, message: string, advice?: string): Finding {
  return finding('warning', { check, message, ...(advice !== undefined && { advice }) });
}

/** The finding, unless all is fine. */
export function unless(isFine: boolean, found: Finding): readonly Finding[] {
  return isFine ? [] : [found];
}

function finding(severity: Finding['severity'], about: About): Finding {
  return { severity, ...about };
}
