import type { Fields } from './fields.ts';
import type { Become, Inherited, Written } from './playbook.ts';
import { present } from './present.ts';
import type { Problems } from './problems.ts';
import { readVars } from './vars.ts';
import { checkTemplates } from './templates.ts';
import { isList } from '../base/value.ts';
import { entriesOf, itemsOf, kindOf, spanOf, textOf, written } from './yaml-node.ts';

/** What a play starts with. */
export const nothingInherited: Inherited = {
  when: [],
  vars: [],
  params: [],
  tags: [],
  become: {},
  environment: [],
  anyErrorsFatal: false,
  runOnce: false,
  roles: [],
  folders: [],
};

/**
 * What a mapping hands to what stands in it: conditions, tags, variables and environment add up, everything else is the
 * innermost that was said.
 */
export function inherit(outer: Inherited, fields: Fields, problems: Problems): Inherited {
  const vars = fields.mapping('vars');
  return {
    ...outer,
    ...present({
      ignoreErrors: fields.flag('ignore_errors'),
      ignoreUnreachable: fields.flag('ignore_unreachable'),
      checkMode: fields.flag('check_mode'),
      noLog: fields.flag('no_log'),
      anyErrorsFatal: fields.boolean('any_errors_fatal'),
      delegateTo: fields.text('delegate_to'),
      runOnce: fields.boolean('run_once'),
      timeout: fields.duration('timeout'),
      throttle: fields.integer('throttle', 1),
    }),
    when: [...outer.when, ...fields.conditions('when')],
    vars: vars === undefined ? outer.vars : [...outer.vars, readVars(entriesOf(vars), problems)],
    tags: [...new Set([...outer.tags, ...fields.words('tags')])],
    become: { ...outer.become, ...readBecome(fields, problems) },
    environment: [...outer.environment, ...readEnvironment(fields, problems)],
  };
}

function readBecome(fields: Fields, problems: Problems): Become {
  const method = fields.get('become_method');
  if (method !== undefined && method.value !== 'sudo') {
    problems.error(
      spanOf(method),
      `\`become_method: ${textOf(method.value)}\` is not taken`,
      'Use sudo, the only method so far.',
    );
  }
  return present({
    become: fields.flag('become'),
    becomeUser: fields.text('become_user'),
    becomeMethod: method && ('sudo' as const),
  });
}

function readEnvironment(fields: Fields, problems: Problems): readonly Written[] {
  const node = fields.get('environment');
  if (node === undefined) return [];
  return (isList(node.value) ? itemsOf(node) : [node]).map((item) => {
    const value = written(item);
    const isMapping = kindOf(item.value) === 'a mapping';
    if (!isMapping && typeof item.value !== 'string') {
      problems.error(value.span, '`environment` must be a mapping of names to values');
    }
    checkTemplates(value, problems);
    return value;
  });
}
