import type { ConnectEnvironment } from '../../src/transport/environment.ts';

/** An environment without agent and ~/.ssh/config, whose home is a folder of the test. */
export function environmentFor(home: string, overrides: Partial<ConnectEnvironment> = {}): ConnectEnvironment {
  const { SSH_AUTH_SOCK: _agent, ...env } = process.env;
  return { home, env, ...overrides };
}
