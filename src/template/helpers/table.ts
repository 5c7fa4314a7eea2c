import type { HelperTable } from '../helper.ts';
import { encodingHelpers } from './encoding-helpers.ts';
import { listHelpers } from './list-helpers.ts';
import { logicHelpers } from './logic-helpers.ts';
import { mappingHelpers } from './mapping-helpers.ts';
import { numberHelpers } from './number-helpers.ts';
import { textHelpers } from './text-helpers.ts';

/** Every helper of templates by its name; named after Ansible's filters, the subject first. */
export const helpers: HelperTable = {
  ...logicHelpers,
  ...textHelpers,
  ...listHelpers,
  ...mappingHelpers,
  ...numberHelpers,
  ...encodingHelpers,
};
