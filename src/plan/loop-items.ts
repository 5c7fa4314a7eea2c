import { assertNever } from '../base/assert-never.ts';
import { ConfigError } from '../base/errors.ts';
import { isList, isValues } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import type { Loop } from '../playbook/playbook.ts';
import { kindOf } from '../playbook/yaml-node.ts';
import type { Scope } from '../template/scope.ts';
import { renderWritten } from '../template/value.ts';
import type { TaskFiles } from './local-files.ts';
import { sequence } from './sequence.ts';

/**
 * The items a loop goes over on one host. `files` are those of the task, for `with_fileglob`.
 * @throws ConfigError when they cannot be rendered or are nothing to loop over
 */
export function loopItems(loop: Loop, scope: Scope, files: Pick<TaskFiles, 'glob'>): readonly Value[] {
  const value = renderWritten(loop.items, scope);
  const { span } = loop.items;
  switch (loop.style) {
    case 'loop':
      if (isList(value)) return value;
      throw ConfigError.at(span, `\`loop\` needs a list, and this is ${kindOf(value)}`);
    case 'items':
      return isList(value) ? value.flat() : [value];
    case 'dict':
      if (isValues(value)) return Object.entries(value).map(([key, one]) => ({ key, value: one }));
      throw ConfigError.at(span, `\`with_dict\` needs a mapping, and this is ${kindOf(value)}`);
    case 'sequence':
      return sequence(value, span);
    case 'fileglob':
      return (isList(value) ? value : [value]).flatMap((pattern) => {
        if (typeof pattern === 'string') return files.glob('files', pattern);
        throw ConfigError.at(span, `\`with_fileglob\` needs patterns, not ${kindOf(pattern)}`);
      });
    default:
      return assertNever(loop.style);
  }
}
