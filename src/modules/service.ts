import { z } from 'zod';

import type { Step, UnitVerb } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { UnitState } from '../host/query.ts';
import { defineModule } from './module.ts';
import { flag } from './shared/args.ts';

const args = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w@:.\\-]+$/, 'must be the name of one unit, such as `nginx` or `nginx.service`')
      .optional()
      .describe('The unit; `.service` is added when it has no suffix.'),
    state: z
      .enum(['started', 'stopped', 'restarted', 'reloaded'])
      .optional()
      .describe('Leave out to keep it as it is. A stopped unit is started to be restarted or reloaded.'),
    enabled: flag('Start at boot? Leave out to keep it as it is.'),
    masked: flag('Keep it from being started at all?'),
    daemon_reload: flag('Let systemd read its unit files again where they have changed.'),
    no_block: flag('Do not wait for the job to end.'),
    scope: z.literal('system').optional().describe('Only `system`: units of users are not supported.'),
    use: z.enum(['auto', 'systemd', 'service']).optional().describe('Accepted; it is always systemd.'),
  })
  .superRefine((values, context) => {
    const needsName = values.state ?? values.enabled ?? values.masked;
    if (values.name === undefined && (needsName !== undefined || values.daemon_reload !== true)) {
      context.addIssue({ code: 'custom', path: ['name'], message: 'needs the name of a unit' });
    }
  });

type Args = z.output<typeof args>;

/** Brings a systemd unit into a state. */
export const service = defineModule({
  name: 'service',
  aliases: ['systemd', 'systemd_service'],
  summary: 'Start, stop, restart, reload, enable, disable or mask a systemd unit.',
  undo: 'A rollback restores whether the unit ran, and whether it starts at boot; a restart is done once more.',
  args,
  examples: [
    { title: 'Running now and after a reboot', args: { name: 'sysbox', state: 'started', enabled: true } },
    { title: 'New unit file', args: { name: 'k3s.service', state: 'restarted', daemon_reload: true, no_block: true } },
    { title: 'Never', args: { name: 'rpcbind.socket', state: 'stopped', masked: true } },
  ],

  async plan({ args: wanted, host }) {
    const unit = wanted.name === undefined ? '' : unitName(wanted.name);
    const [now, stale] = await Promise.all([
      unit === '' ? undefined : host.unit(unit),
      wanted.daemon_reload === true ? host.probe(needsReload) : undefined,
    ]);
    const isStale =
      stale?.exitCode === 0 || (stale !== undefined && (now?.needsDaemonReload === true || now?.exists === false));
    const reload: readonly Step[] = isStale ? [reloadStep] : [];
    if (now === undefined) return { steps: reload };
    const { activeState, subState, unitFileState } = now;
    return {
      steps: [...reload, ...planUnit(wanted, now)],
      result: {
        name: unit,
        ...(wanted.state !== undefined && { state: wanted.state === 'stopped' ? 'stopped' : 'started' }),
        ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
        status: { ActiveState: activeState, SubState: subState, UnitFileState: unitFileState },
      },
      ...(!now.exists && { message: `systemd knows no ${unit}` }),
    };
  },
});

/** Exits 0 when the files of a loaded unit are newer than what systemd knows. */
const needsReload = sh.raw("systemctl show -p NeedDaemonReload '*' | grep -q '=yes'");

const reloadStep: Step = {
  say: 'let systemd read its unit files again',
  do: { kind: 'unit', unit: '', verb: 'daemon-reload' },
  needsNoUndo: true,
  againAfterUndo: true,
};

const suffixes = /\.(service|socket|timer|target|path|mount|automount|swap|slice|scope|device)$/;

function unitName(name: string): string {
  return suffixes.test(name) ? name : `${name}.service`;
}

/** Unmask, enable, then change the running state; masking comes last, so that a stop still finds the unit. */
function planUnit(wanted: Args, now: UnitState): readonly Step[] {
  const { unit } = now;
  const step = (verb: UnitVerb): Step => ({
    say: `${verb} ${unit}`,
    do: { kind: 'unit', unit, verb, ...(wanted.no_block === true && { noBlock: true as const }) },
  });
  const isMasked = now.unitFileState.startsWith('masked');
  return [
    ...(wanted.masked === false && isMasked ? [step('unmask')] : []),
    ...enableVerbs(wanted, now).map((verb) => step(verb)),
    ...stateSteps(wanted, now, step),
    ...(wanted.masked === true && !isMasked ? [step('mask')] : []),
  ];
}

/** Units without an [Install] section ("static", "generated", ...) can be neither enabled nor disabled. */
function enableVerbs({ enabled }: Args, now: UnitState): readonly UnitVerb[] {
  const isFixed = ['static', 'generated', 'transient', 'alias', 'indirect', 'enabled-runtime'].includes(
    now.unitFileState,
  );
  if (enabled === undefined || enabled === now.enabled || isFixed) return [];
  if (!enabled && !now.exists) return [];
  return [enabled ? 'enable' : 'disable'];
}

function stateSteps({ state }: Args, now: UnitState, step: (verb: UnitVerb) => Step): readonly Step[] {
  const isUp = now.active || ['activating', 'reloading'].includes(now.activeState);
  if (state === undefined) return [];
  if (state === 'stopped') return isUp ? [step('stop')] : [];
  if (!now.active && !(isUp && state === 'started')) return [step('start')];
  if (state === 'started') return [];
  return [{ ...step(state === 'restarted' ? 'restart' : 'reload'), againAfterUndo: true }];
}
