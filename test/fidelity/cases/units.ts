import { type Case, matrix, type States } from '../case.ts';

const file = '/etc/systemd/system/s@n.service';
const unit = (body = 'ExecStart=/bin/sleep infinity', install = '[Install]\\nWantedBy=multi-user.target\\n'): string =>
  `printf '[Service]\\n${body}\\n${install}' >${file}`;

const unitStates: States = {
  'no such unit': ':',
  'stopped, disabled': unit(),
  'running, enabled': `${unit()}; @later systemctl enable --now -q s@n`,
  'running, disabled': `${unit()}; @later systemctl start s@n`,
  'stopped, enabled': `${unit()}; @later systemctl enable -q s@n`,
  masked: '@later systemctl mask -q s@n 2>/dev/null',
  'running, masked': `${unit()}; @later systemctl start s@n; mv ${file} s; systemctl mask -q s@n 2>/dev/null`,
  failed: `${unit('ExecStart=/bin/false\\nType=oneshot')}; @later systemctl start s@n 2>/dev/null || :`,
  'will not start': unit('ExecStart=/bin/false\\nType=oneshot'),
  'no [Install]': unit(undefined, ''),
  'remains after its end': `${unit('ExecStart=/bin/true\\nType=oneshot\\nRemainAfterExit=yes')}; @later systemctl start s@n`,
  'another file than it runs with': `${unit()}; @later systemctl start s@n; echo '# newer' >>${file}`,
  'a drop-in that it does not know': `${unit()}; @later systemctl start s@n; mkdir ${file}.d; echo '[Service]' >${file}.d/a.conf`,
  'a file that is broken': `printf '[Service]\nRestart=no\n' >${file}`,
  'can reload': `${unit('ExecStart=/bin/sleep infinity\\nExecReload=/bin/true')}; @later systemctl start s@n`,
  'an alias': `${unit(undefined, '[Install]\\nAlias=t@n.service\\n')}; @later systemctl enable -q s@n`,
};

const look = `systemctl show s@n -p LoadState,ActiveState,UnitFileState | sed s/=failed/=inactive/
readlink /etc/systemd/system/multi-user.target.wants/s@n.service; :`;

const dead = ['will not start', 'failed', 'a file that is broken'];
const unstartable = [...dead, 'masked', 'no such unit'];

/** systemd's units. */
export const unitCases: readonly Case[] = matrix(
  'service',
  unitStates,
  {
    started: { args: { name: 's@n', state: 'started' }, failsActing: unstartable },
    stopped: { args: { name: 's@n', state: 'stopped' } },
    restarted: {
      args: { name: 's@n', state: 'restarted' },
      failsActing: [...unstartable, 'running, masked'],
      repeats: true,
      isUnseen: true,
    },
    reloaded: {
      args: { name: 's@n', state: 'reloaded' },
      failsActing: [...unstartable, ...Object.keys(unitStates)],
      repeats: true,
      isUnseen: true,
    },
    enabled: { args: { name: 's@n', enabled: true }, failsActing: ['masked', 'no such unit', 'running, masked'] },
    disabled: { args: { name: 's@n', enabled: false }, failsActing: ['masked', 'running, masked'] },
    'started, enabled': {
      args: { name: 's@n', state: 'started', enabled: true },
      failsActing: [...unstartable, 'running, masked'],
    },
    'started, if need be unmasked': {
      args: { name: 's@n', state: 'started', masked: false },
      failsActing: [...dead, 'no such unit', 'masked'],
    },
    'stopped, masked': { args: { name: 's@n', state: 'stopped', masked: true }, failsActing: Object.keys(unitStates) },
    'units read again': {
      args: { name: 's@n', daemon_reload: true, state: 'started' },
      failsActing: unstartable,
      isUnseen: true,
    },
  },
  { look },
);
