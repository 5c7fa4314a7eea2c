import { isIPv6 } from 'node:net';

import { RangeProblem, expandRange } from './host-range.ts';

export interface HostNames {
  readonly names: readonly string[];
  readonly port: number | undefined;
}

/**
 * What a host is called in an inventory: a name with ranges, an address, either with a port: `web[01:03]:2222`, `[::1]:22`.
 * @throws RangeProblem
 */
export function parseHostNames(text: string): HostNames {
  if (isIPv6(text)) return { names: [text], port: undefined };
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null && isIPv6(bracketed[1] ?? '')) {
    return { names: [bracketed[1] ?? ''], port: portOf(bracketed[2]) };
  }
  refuseOddNames(text);
  const withPort = /^((?:[^:[\]]|\[[^\]]*\])*):(.*)$/.exec(text);
  const [, name = text, port] = withPort ?? [];
  if (withPort !== null && !/^\d+$/.test(port ?? '')) {
    throw new RangeProblem(
      `\`${port}\` is no port`,
      'A port is a number: web01:2222. A group goes into a section or under `children`.',
    );
  }
  return { names: expandRange(name), port: portOf(port) };
}

function refuseOddNames(text: string): void {
  if (text.includes(',')) {
    throw new RangeProblem('a host name cannot hold a comma', 'Write each host on a line of its own.');
  }
  const user = /^([^@]*)@(.*)$/.exec(text);
  if (user !== null) {
    const hint = `Write ${user[2]?.replace(/:.*/, '')} with ansible_user=${user[1]}.`;
    throw new RangeProblem('a host name cannot name a user', hint);
  }
  const odd = /[^\w.:[\]+%-]/.exec(text)?.[0];
  if (odd !== undefined) throw new RangeProblem(`a host name cannot hold \`${odd}\``);
  if (text === '' || text.startsWith('-')) throw new RangeProblem(`\`${text}\` is no host name`);
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (port < 1 || port > 65_535) throw new RangeProblem(`there is no port ${port}`, 'Ports go from 1 to 65535.');
  return port;
}
