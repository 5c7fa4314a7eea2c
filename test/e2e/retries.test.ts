/* Proves when a task is tried again, and what its result is then. */
import { expect, test, vi } from 'vitest';

import { useLocalHosts } from './use-local-hosts.ts';

vi.setConfig({ testTimeout: 60_000 });

const { cwd, k3sbox, read, write } = useLocalHosts('retries', { n1: {} });

test('a command is tried again as its task says, and its exit code decides when nothing else does', async () => {
  const task = (name: string, ends: string, more: string): string => `    - name: ${name}
      shell: echo x >>${cwd}/${name}; n=$(wc -l <${cwd}/${name}); ${ends}
      delay: 10ms
      register: r_${name}
      ignore_errors: yes
${more.replaceAll(/^/gm, '      ')}
`;
  write(
    'site.yaml',
    `- hosts: n1
  tasks:
${task('never', 'exit 3', 'retries: 2')}
${task('second', '[ $n -ge 2 ]', 'retries: 5')}
${task('wanted', 'exit $n', 'until: r_wanted.rc == 2\nretries: 5')}
${task('unwanted', 'exit 3', 'until: r_unwanted.rc == 0\nretries: 1')}
${task('allowed', 'exit 3', 'retries: 2\nfailed_when: r_allowed.rc != 3')}
    - copy:
        dest: ${cwd}/told
        content: |
          never {{ r_never.failed }} {{ r_never.rc }} {{ r_never.attempts }}
          second {{ r_second.failed }} {{ r_second.rc }} {{ r_second.attempts }}
          wanted {{ r_wanted.failed }} {{ r_wanted.rc }} {{ r_wanted.attempts }}
          unwanted {{ r_unwanted.failed }} {{ r_unwanted.rc }} {{ r_unwanted.attempts }}
          allowed {{ r_allowed.failed }} {{ r_allowed.rc }} {{ r_allowed.attempts }}
`,
  );
  const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--output', 'plain');

  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(read('told').split('\n')).toEqual([
    'never true 3 3',
    'second false 0 2',
    'wanted false 2 2',
    'unwanted true 3 2',
    'allowed false 3 1',
    '',
  ]);
  expect(run.stdout).toContain('not as wanted after 3 tries: exit code 3');
});
