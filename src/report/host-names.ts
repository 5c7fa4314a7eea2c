/**
 * Many hosts in few words, in inventory order: "n1", "n1, n3", "n2..n4 (3 hosts)". Neighbours whose names differ by a
 * number that counts up become a range; past `most` parts the rest is only counted.
 */
export function hostNames(hosts: readonly string[], most = 4): string {
  const parts = ranges(hosts);
  const shown = parts.slice(0, most).map(({ first, last }) => (first === last ? first : `${first}..${last}`));
  const left = parts.slice(most).reduce((sum, { count }) => sum + count, 0);
  const text = [...shown, ...(left > 0 ? [`${left} more`] : [])].join(', ');
  return hosts.length > shown.length || left > 0 ? `${text} (${hosts.length} hosts)` : text;
}

interface Range {
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

function ranges(hosts: readonly string[]): Range[] {
  const found: Range[] = [];
  for (let from = 0; from < hosts.length;) {
    let to = from + 1;
    while (to < hosts.length && follows(hosts[to - 1] ?? '', hosts[to] ?? '')) to++;
    // Two names are as short as a range of two.
    const step = to - from > 2 ? to - from : 1;
    found.push({ first: hosts[from] ?? '', last: hosts[from + step - 1] ?? '', count: step });
    from += step;
  }
  return found;
}

/** "n9" is followed by "n10", "web01.example" by "web02.example". */
function follows(a: string, b: string): boolean {
  for (const { 0: digits, index } of a.matchAll(/\d+/g)) {
    const next = String(BigInt(digits) + 1n).padStart(digits.length, '0');
    if (b === a.slice(0, index) + next + a.slice(index + digits.length)) return true;
  }
  return false;
}
