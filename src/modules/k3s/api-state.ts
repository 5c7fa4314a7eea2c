import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { kubectl } from './kubectl.ts';

/** What the API server says about itself; asked on a server. */
export interface ApiState {
  readonly isReady: boolean;
  /** The feature gate UserNamespacesSupport: "1", "0", or "" where it is not told. */
  readonly userNamespaces: string;
}

export async function readApi(host: HostReader): Promise<ApiState> {
  const [readyz, gate] = await Promise.all([
    host.probe(kubectl('get', '--raw', '/readyz'), { unguarded: true }),
    host.probe(sh`${kubectl('get', '--raw', '/metrics')} | sed -n ${gatePattern} | head -n 1`, { unguarded: true }),
  ]);
  return { isReady: readyz.exitCode === 0, userNamespaces: gate.stdout.trim() };
}

export function apiProblems({ isReady, userNamespaces }: ApiState): readonly string[] {
  return [
    ...(isReady ? [] : ['the API says that it is not ready (/readyz)']),
    ...(userNamespaces === '0'
      ? ['the feature gate UserNamespacesSupport is off in the API server, so pods cannot have hostUsers: false']
      : []),
  ];
}

const gatePattern = 's/^kubernetes_feature_enabled{name="UserNamespacesSupport".*} \\([01]\\)$/\\1/p';
