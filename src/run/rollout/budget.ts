/** So many hosts out of so many. */
export interface Share {
  readonly hosts: number;
  readonly failed: number;
}

/**
 * How many hosts may fail before a rollout stops; hosts that cannot be reached count. Shares are compared as they are,
 * nothing is rounded: 5 % of 10 hosts is exceeded by the first failure, 10 % by the second.
 */
export type Budget =
  /** Ansible's, for plays that say nothing: with waves, one failure ends the rollout; without, the others go on. */
  | { readonly of: 'play'; readonly hasWaves: boolean }
  /** `max_fail_percentage`: of the wave, as Ansible counts; must be exceeded. */
  | { readonly of: 'wave'; readonly percent: number }
  /** Of all hosts of the play, over all waves. */
  | { readonly of: 'fleet'; readonly hosts: number }
  | { readonly of: 'fleet'; readonly percent: number };

/** Whether these failures are more than the budget allows. Pure. */
export function isExceeded(budget: Budget, { wave, all }: { readonly wave: Share; readonly all: Share }): boolean {
  if (all.failed === 0) return false;
  switch (budget.of) {
    case 'play':
      return budget.hasWaves || wave.failed === wave.hosts;
    case 'wave':
      return exceeds(wave, budget.percent);
    default:
      return 'hosts' in budget ? all.failed > budget.hosts : exceeds(all, budget.percent);
  }
}

function exceeds({ hosts, failed }: Share, percent: number): boolean {
  return failed * 100 > percent * hosts;
}
