import { z } from 'zod';

import { SavedPlan } from '../plan/saved-plan.ts';
import type { JsonSchema } from './json-schema.ts';

/** The JSON Schema of what `plan -o` writes. */
export function savedPlanSchema(): JsonSchema {
  const schema: unknown = z.toJSONSchema(SavedPlan, { target: 'draft-7' });
  // zod's own type for draft 7 is looser than what it makes.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { title: 'k3sbox plan', ...(schema as JsonSchema) };
}
