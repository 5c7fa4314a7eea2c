import { playOrders } from '../playbook/playbook.ts';
import type { Module } from '../modules/module.ts';
import { argumentsOf, type JsonSchema, template, withTemplatesInside } from './json-schema.ts';

const text: JsonSchema = { type: 'string' };
const anything: JsonSchema = {};
const texts: JsonSchema = { anyOf: [text, { type: 'array', items: text }] };
const yesNo: JsonSchema = { anyOf: [{ type: 'boolean' }, { enum: ['yes', 'no', 'on', 'off'] }] };
const yesNoOrTemplate: JsonSchema = { anyOf: [...(yesNo.anyOf ?? []), template] };
const condition: JsonSchema = {
  anyOf: [text, { type: 'boolean' }, { type: 'array', items: { anyOf: [text, { type: 'boolean' }] } }],
};
const mapping: JsonSchema = { type: 'object' };
const duration: JsonSchema = { anyOf: [{ type: 'number' }, text] };
const number: JsonSchema = { anyOf: [{ type: 'integer' }, text] };
const vars: JsonSchema = { type: 'object' };
const list: JsonSchema = { anyOf: [{ type: 'array' }, template] };
const deadman: JsonSchema = {
  description: 'The host goes back by itself unless a new connection confirms within this time.',
  anyOf: [
    duration,
    {
      type: 'object',
      properties: { after: duration, address: text, port: number },
      required: ['after'],
      additionalProperties: false,
    },
  ],
};
const tasks: JsonSchema = { type: 'array', items: { $ref: '#/definitions/task' } };
const serialSize: JsonSchema = { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^\\d+%?$' }, template] };

function about(description: string, schema: JsonSchema): JsonSchema {
  return { description, ...schema };
}

/** Keywords of plays, blocks and tasks alike. */
const everywhere: Readonly<Record<string, JsonSchema>> = {
  name: about('What it does, for people.', text),
  vars: about('Variables of its own.', vars),
  environment: about('Environment of its commands.', { anyOf: [mapping, { type: 'array' }, template] }),
  no_log: about('Keep its arguments and results out of everything that is shown and stored.', yesNoOrTemplate),
  ignore_errors: about('Go on when it fails.', yesNoOrTemplate),
  ignore_unreachable: about('Go on when the host cannot be reached.', yesNoOrTemplate),
  check_mode: about('Plan only (yes), or act even in a dry run (no).', yesNoOrTemplate),
  any_errors_fatal: about('A failure on one host ends the play for all.', yesNo),
  run_once: about('Run on the first host, for all of them.', yesNo),
  throttle: about('At most so many hosts at a time.', { type: 'integer' }),
  timeout: about('Seconds, or a duration such as "5m", after which it is stopped.', duration),
  become: about('Become another user.', yesNoOrTemplate),
  become_user: about('The user to become, root unless said otherwise.', text),
  become_method: about('How: sudo.', { const: 'sudo' }),
  tags: about('Names to select it by.', texts),
};

const onTasks: Readonly<Record<string, JsonSchema>> = {
  ...everywhere,
  when: about('Only when this holds.', condition),
  delegate_to: about('Act on this host instead.', text),
};

const taskKeywords: Readonly<Record<string, JsonSchema>> = {
  ...onTasks,
  args: about('Arguments of the module, beside its text.', mapping),
  register: about('Variable for the result.', { type: 'string', pattern: '^[A-Za-z_]\\w*$' }),
  notify: about('Handlers to run when something changed.', texts),
  until: about('Try again until this holds.', condition),
  retries: about('How often to try again.', number),
  delay: about('Seconds, or a duration, between two tries.', duration),
  changed_when: about('When the task counts as a change.', condition),
  failed_when: about('When the task counts as a failure.', condition),
  undo: about('The command that takes it back.', { anyOf: [text, mapping] }),
  irreversible: about('It needs no taking back.', yesNo),
  async: about('Run its command in the background, for so long at most: seconds, or a duration.', duration),
  poll: about('Seconds, or a duration, that one look at it waits for news; 0: nobody waits for its end.', duration),
  loop: about('Once for each of these.', list),
  loop_control: about('How the loop runs.', {
    type: 'object',
    properties: { loop_var: text, index_var: text, label: text, pause: duration },
    additionalProperties: false,
  }),
  with_items: about('Once for each of these; lists in it are taken apart.', anything),
  with_dict: about('Once for each entry: item.key, item.value.', anything),
  with_sequence: about('Once for each number: "start=1 end=5".', anything),
  with_fileglob: about('Once for each file on the controller that fits.', anything),
  deadman,
  listen: about('Other names a handler is notified by.', texts),
  block: about('Tasks that share what is said here.', tasks),
  rescue: about('Tasks for when one of the block fails.', tasks),
  always: about('Tasks that come last in any case.', tasks),
  include_tasks: about('A file of tasks, read when a host comes to it.', { anyOf: [text, mapping] }),
  import_tasks: about('A file of tasks, read at the start.', { anyOf: [text, mapping] }),
  include_role: about('A role, read when a host comes to it.', mapping),
  import_role: about('A role, read at the start.', mapping),
};

const rolloutKeywords: Readonly<Record<string, JsonSchema>> = {
  waves: about('Hosts in a wave: a number, a share, or a list of them; the last one repeats.', {
    anyOf: [...(serialSize.anyOf ?? []), { type: 'array', items: serialSize }],
  }),
  order: about('How hosts are sorted.', {
    anyOf: [
      { enum: [...playOrders] },
      { type: 'object', properties: { by: text }, required: ['by'], additionalProperties: false },
    ],
  }),
  seed: about('Makes `shuffle` the same every time.', { type: 'integer' }),
  per: about('A variable, such as a zone: sizes count for each of its values.', text),
  window: about('Hosts in flight within a wave.', { type: 'integer' }),
  budget: about('Hosts that may fail, or a share of all, before it stops.', {
    anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^\\d+(\\.\\d+)?%?$' }],
  }),
  soak: about('Seconds, or a duration, between two waves.', duration),
  gate: about('Tasks that look whether a wave may begin.', tasks),
  verify: about('Tasks that look at the hosts of a wave before the next one begins.', tasks),
  verify_rollback: about('Tasks that look at the hosts of a wave that `k3sbox rollback` has taken back.', tasks),
  pause_after: about('Waves behind which somebody has to let it go on.', {
    anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' } }],
  }),
  on_failure: about('What goes back when it stops.', { enum: ['host', 'wave', 'run', 'stop'] }),
};

const playKeywords: Readonly<Record<string, JsonSchema>> = {
  hosts: about('Where it runs: a group, a host, or a pattern.', texts),
  vars_files: about('Files of variables.', texts),
  tasks,
  handlers: about('Tasks that run once, at the end, when they were notified.', tasks),
  pre_tasks: about('Tasks before the roles.', tasks),
  post_tasks: about('Tasks after everything else.', tasks),
  roles: { type: 'array', items: { anyOf: [text, mapping] } },
  serial: about('Hosts in a wave: a number, a share, or a list of them.', {
    anyOf: [...(serialSize.anyOf ?? []), { type: 'array', items: serialSize }],
  }),
  order: { enum: [...playOrders] },
  rollout: about('How the play goes over its hosts.', {
    type: 'object',
    properties: rolloutKeywords,
    additionalProperties: false,
  }),
  strategy: about('`free`: hosts do not wait for each other.', { enum: ['free', 'linear'] }),
  max_fail_percentage: about('The share of failed hosts that ends the play.', { anyOf: [{ type: 'number' }, text] }),
  force_handlers: about('Run notified handlers on failed hosts, too.', yesNo),
  gather_facts: about('Read facts at the start; they are read when needed in any case.', yesNo),
  remote_user: about('The user to log in as.', text),
  rollback: about('What becomes of a failed host.', { enum: ['host', 'none'] }),
  deadman,
  ...everywhere,
};

/** The JSON Schema of a playbook, for editors: keywords and every module with its arguments. */
export function playbookSchema(modules: readonly Module[]): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'k3sbox playbook',
    type: 'array',
    items: { anyOf: [{ $ref: '#/definitions/play' }, { $ref: '#/definitions/import' }] },
    definitions: {
      play: { type: 'object', properties: playKeywords, required: ['hosts'], additionalProperties: false },
      import: {
        type: 'object',
        properties: { import_playbook: text, name: text, when: condition, vars, tags: texts },
        required: ['import_playbook'],
        additionalProperties: false,
      },
      task: {
        type: 'object',
        properties: { ...Object.fromEntries(modules.flatMap(moduleKeys)), ...taskKeywords },
        // Modules under their names in a collection.
        patternProperties: { '^(ansible|community|kubernetes)\\.\\w+\\.\\w+$': anything },
        additionalProperties: false,
      },
    },
  };
}

function moduleKeys(module: Module): [string, JsonSchema][] {
  const args = withTemplatesInside(argumentsOf(module));
  // A text is a free form, or `name=value` pairs; nothing at all is right when nothing is required.
  const accepted: JsonSchema = {
    description: module.summary,
    anyOf: [args, text, ...((args.required ?? []).length === 0 ? [{ type: 'null' }] : [])],
  };
  return [module.name, ...(module.aliases ?? [])].map((name) => [name, accepted]);
}
