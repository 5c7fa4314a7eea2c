import { allTasks } from '../../plan/walk.ts';
import type { Play } from '../../playbook/playbook.ts';
import type { RunMode } from '../run-context.ts';
import type { Budget } from './budget.ts';
import type { RolloutSpec } from './rollout-machine.ts';

/** What a play says about its rollout, in its `rollout:` or in Ansible's words. Pure. */
export function rolloutSpec(
  play: Play,
  waves: readonly (readonly string[])[],
  { forks, mode }: { readonly forks: number; readonly mode: RunMode },
): RolloutSpec {
  const { rollout, anyErrorsFatal } = play;
  // Dry runs tell of every host, and wait for nobody.
  const isRun = mode === 'run';
  return {
    waves,
    // Hosts that wait for each other must all have begun.
    window: waitsForOthers(play)
      ? Math.max(forks, ...waves.map(({ length }) => length))
      : Math.min(forks, rollout?.window ?? forks),
    budget: mode === 'plan' ? { of: 'fleet', percent: 100 } : budgetOf(play, waves.length > 1),
    gates: isRun && (rollout?.gate.length ?? 0) > 0,
    verifies: isRun && (rollout?.verify.length ?? 0) > 0,
    soakMs: isRun ? (rollout?.soakMs ?? 0) : 0,
    pauseAfter: isRun ? (rollout?.pauseAfter ?? []) : [],
    takesBack: rollout?.onFailure === 'wave' || rollout?.onFailure === 'run' ? rollout.onFailure : 'host',
    haltsHosts: anyErrorsFatal && mode !== 'plan',
  };
}

/** What has to be over before the rollout is through with a host: it may still have to look at it, or to take it back. */
export function throughWith({ takesBack, verifies }: RolloutSpec): 'host' | 'wave' | 'play' {
  if (takesBack === 'run') return 'play';
  return takesBack === 'wave' || verifies ? 'wave' : 'host';
}

function budgetOf({ rollout, anyErrorsFatal, maxFailPercentage }: Play, hasWaves: boolean): Budget {
  if (rollout?.budget !== undefined) return { of: 'fleet', ...rollout.budget };
  if (anyErrorsFatal) return { of: 'fleet', hosts: 0 };
  if (maxFailPercentage !== undefined) return { of: 'wave', percent: maxFailPercentage };
  return { of: 'play', hasWaves: hasWaves || rollout !== undefined };
}

function waitsForOthers(play: Play): boolean {
  if (play.strategy === 'linear') return true;
  for (const task of allTasks(play.body)) if (task.runOnce) return true;
  return false;
}
