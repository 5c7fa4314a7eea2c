import { builds } from './stories/build.ts';
import { failures } from './stories/failures.ts';
import { toProved, wayBack, whileProved } from './stories/main.ts';
import { refusals } from './stories/refusals.ts';
import type { Story } from './story.ts';

/** All stories, in an order in which the cluster goes from nothing to proved and back only once. */
export const stories: readonly Story[] = [...refusals, ...failures, ...builds, ...toProved, ...whileProved, ...wayBack];

/** Why a story is not told on such a cluster; undefined when it is. */
export function whyLeftOut(
  { needsQuorum, standInsOnly }: Story,
  { isSmall, isSysboxReal }: { readonly isSmall: boolean; readonly isSysboxReal: boolean },
): string | undefined {
  if (isSmall && needsQuorum === true) return 'needs three servers';
  return isSysboxReal ? standInsOnly : undefined;
}
