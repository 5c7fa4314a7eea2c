import { failures } from './stories/failures.ts';
import { toProved, wayBack, whileProved } from './stories/main.ts';
import { refusals } from './stories/refusals.ts';
import type { Story } from './story.ts';

/** All stories, in an order in which the cluster goes from nothing to proved and back only once. */
export const stories: readonly Story[] = [...refusals, ...failures, ...toProved, ...whileProved, ...wayBack];
