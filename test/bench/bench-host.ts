/** One host of the fleet, as inventories of all tools know it. */
export interface BenchHost {
  /** From 1. */
  readonly number: number;
  readonly name: string;
  readonly address: string;
  readonly role: 'server' | 'agent';
}

/** As many as have an address in 10.77.1.0/24. */
export const mostHosts = 250;

export function benchHosts(count: number): readonly BenchHost[] {
  return Array.from({ length: count }, (_, i) => ({
    number: i + 1,
    name: `h${i + 1}`,
    address: `10.77.1.${i + 1}`,
    role: i === 0 ? 'server' : 'agent',
  }));
}

/** The folder on every host below which all work items work. Each host has its own, though all share this machine's disk. */
export const treeFolder = '/srv/tree';
