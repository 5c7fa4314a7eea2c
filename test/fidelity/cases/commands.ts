import { asks, type Case, matrix } from '../case.ts';
import { fileStates } from './paths.ts';

const some = { 'f is there': ': >f', 'f is not there': ':', 'f is a dangling link': 'ln -s nowhere f' };
const unless = { creates: '@d/f' };
const onlyIf = { removes: '@d/f' };
const always = { repeats: true, stays: true } as const;

/** Commands, waiting, asking, and what only concerns the controller. */
export const commandCases: readonly Case[] = [
  ...(['command', 'shell'] as const).flatMap((module) =>
    matrix(module, some, {
      'unless f is there': { args: { cmd: 'touch f', chdir: '@d', ...unless }, stays: true },
      'if f is there': { args: { cmd: 'rm f', chdir: '@d', ...onlyIf }, stays: true },
      always: { args: { cmd: 'touch g', chdir: '@d' }, ...always },
      'never changes': { args: { cmd: 'true' }, keywords: { changed_when: false } },
      'says how to take it back': {
        args: { cmd: 'touch g', creates: '@d/g', chdir: '@d' },
        keywords: { undo: 'rm -f @d/g' },
      },
      fails: { args: { cmd: 'false' }, failsActing: Object.keys(some), ...always },
      'with a pattern': { args: { cmd: 'touch fa', chdir: '@d', creates: 'f*' }, stays: true },
    }),
  ),
  ...matrix('script', some, {
    'unless f is there': { args: { cmd: 'script.sh f', chdir: '@d', ...unless }, stays: true },
    'if f is there': { args: { cmd: 'script.sh @d/g', chdir: '@d', ...onlyIf }, ...always },
    always: { args: { cmd: 'script.sh @d/g', chdir: '@d', executable: '/bin/sh' }, ...always },
  }),
  ...matrix('wait_for', some, {
    ...asks(
      { 'f is not there': { path: '@d/f', state: 'absent', timeout: 1, sleep: 1 } },
      { failsActing: Object.keys(some) },
    ),
    'f is there': { args: { path: '@d/f', timeout: 1, sleep: 1 }, failsActing: Object.keys(some) },
    'an open port': { args: { port: 22, timeout: 1 } },
    'a closed port': { args: { port: 1, state: 'stopped', timeout: 1 } },
  }),
  ...matrix(
    'uri',
    { 'a server': ':' },
    {
      ...asks({
        'what is there': { url: '@web/tool', return_content: true },
        'what is not there': { url: '@web/nothing' },
        'what is not there, as wanted': { url: '@web/nothing', status_code: [404] },
        'where nobody is': { url: 'http://127.0.0.1:1/', timeout: 2 },
        'unless it is there': { url: '@web/tool', method: 'POST', creates: '/etc/hostname' },
      }),
      told: {
        args: { url: '@web/tool', method: 'POST', body: { a: 1 }, body_format: 'json' },
        ...always,
        isUnseen: true,
      },
      'told what nobody takes': {
        args: { url: '@web/nothing', method: 'PUT', body: 'x' },
        ...always,
        failsActing: ['a server'],
      },
    },
  ),
  ...matrix(
    'assert',
    { any: ':' },
    asks({ true: { that: ['1 == 1'] }, false: { that: '1 == 2', fail_msg: 'as expected' } }),
  ),
  ...matrix('fail', { any: ':' }, asks({ fails: { msg: 'as expected' } })),
  ...matrix('debug', { any: ':' }, asks({ text: { msg: 'hello' }, variable: { var: 'inventory_hostname' } })),
  ...matrix('set_fact', { any: ':' }, asks({ variable: { 'fact_@n': 'x' } })),
  ...matrix('include_vars', { any: ':' }, asks({ file: { file: 'more.yaml', name: 'more_@n' } })),
  ...matrix('setup', { any: ':' }, asks({ all: {}, some: { filter: 'ansible_kernel*' } })),
  ...matrix('ping', { any: ':' }, asks({ it: {} })),
  ...matrix('meta', { any: ':' }, asks({ nothing: 'noop' })),
  ...matrix('pause', { any: ':' }, asks({ shortly: { seconds: 0.1 }, never: { prompt: 'hello' } })),
  ...matrix('wait_for_connection', { any: ':' }, asks({ it: {} })),
  // Keywords of a task, with a module that has all kinds of outcomes.
  ...matrix(
    'copy',
    { 'as wanted': fileStates['as wanted'] ?? ':', 'other content': fileStates['other content'] ?? ':' },
    {
      'when it is true': {
        args: { dest: '@d/f/t', content: 'wanted\n' },
        keywords: { when: 'inventory_hostname != "x"' },
      },
      'when it is false': {
        args: { dest: '@d/f/t', content: 'wanted\n' },
        keywords: { when: 'inventory_hostname == "x"' },
      },
      'only checked': { args: { dest: '@d/f/t', content: 'wanted\n' }, keywords: { check_mode: true }, repeats: true },
      'not counted': {
        args: { dest: '@d/f/t', content: 'wanted\n' },
        keywords: { changed_when: false },
        isUnseen: true,
      },
      'in a loop': {
        args: { dest: '@d/f/{{ item }}', content: 'wanted\n' },
        keywords: { loop: ['t', 'u'] },
      },
      'in a loop, partly': {
        args: { dest: '@d/f/{{ item }}', content: 'wanted\n' },
        keywords: { loop: ['t', 'u'], when: 'item == "t"' },
      },
      'as somebody else': {
        args: { dest: '@d/f/t', content: 'wanted\n' },
        keywords: { become_user: 'ops' },
        failsActing: ['other content'],
      },
      hidden: { args: { dest: '@d/f/t', content: 'wanted\n' }, keywords: { no_log: true } },
    },
  ),
];
