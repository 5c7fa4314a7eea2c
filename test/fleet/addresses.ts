const first = 20;

/** The address of a simulated host, by its number from 0: 127.20.0.0 and so on. */
export function addressOf(host: number): string {
  return `127.${first + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`;
}

/** The number of the host at an address; undefined when it is none of a fleet. */
export function hostOf(address: string): number | undefined {
  const [, b = '', c = '', d = ''] = /^(?:::ffff:)?127\.(\d+)\.(\d+)\.(\d+)$/.exec(address) ?? [];
  return b === '' ? undefined : ((Number(b) - first) << 16) | (Number(c) << 8) | Number(d);
}
