/** Compares dotted versions by their numbers: "6.12.3-amd64" is at least "6.3". What is no number counts as zero. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [is, should] = [numbers(version), numbers(minimum)];
  for (let i = 0; i < should.length; i++) {
    const difference = (is[i] ?? 0) - (should[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbers(version: string): readonly number[] {
  const [dotted = ''] = /\d+(\.\d+)*/.exec(version) ?? [];
  return dotted.split('.').map(Number);
}
