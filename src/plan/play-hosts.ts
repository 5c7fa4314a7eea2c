import type { Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { isList } from '../base/value.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { limitHosts, selectHosts } from '../inventory/patterns.ts';
import type { Play } from '../playbook/playbook.ts';
import { renderNative, renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';
import type { WaveSize } from './waves.ts';
import { orderHosts, parseWaveSize, waves } from './waves.ts';

/**
 * The hosts a play runs on, in its order, `--limit` applied. `scope` has what is known without a host: extra variables and
 * the play's.
 * @throws ConfigError for a pattern that matches nothing
 */
export function hostsOfPlay(
  play: Play,
  inventory: Inventory,
  scope: Scope,
  limit: string | undefined,
): readonly string[] {
  const { value, span } = play.hosts;
  const pattern = explained(() => renderText(value, scope, span));
  const hosts = selectHosts(inventory, pattern, span);
  if (limit === undefined || limit.trim() === '') return orderHosts(hosts, play.order);
  const at: Span = { file: '--limit', line: 1, column: 1, length: limit.length };
  return orderHosts(limitHosts(inventory, hosts, limit, at), play.order);
}

/** The waves that `serial` cuts these hosts into. @throws ConfigError for a size that is none */
export function wavesOfPlay(play: Play, hosts: readonly string[], scope: Scope): readonly (readonly string[])[] {
  return waves(
    hosts,
    play.serial.flatMap((entry) => sizesOf(entry, scope)),
  );
}

function sizesOf({ value, span }: Play['serial'][number], scope: Scope): readonly WaveSize[] {
  const rendered = typeof value === 'string' ? explained(() => renderNative(value, scope, span)) : value;
  return (isList(rendered) ? rendered : [rendered]).map((one) => {
    const size = parseWaveSize(one);
    if (size !== undefined) return size;
    throw ConfigError.at(
      span,
      `${JSON.stringify(one)} is no number of hosts and no share of them`,
      'Give 3, or "30%".',
    );
  });
}

/** Says which variables there are, where one is missing. */
function explained<T>(render: () => T): T {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = "Only extra variables (-e) and the play's own vars are known before hosts are chosen.";
    throw new ConfigError(error.diagnostics.map((one) => Object.assign({ hint }, one)));
  }
}
