/** A line of /etc/subuid or /etc/subgid. */
export interface Range {
  readonly owner: string;
  readonly start: number;
  readonly count: number;
}

/**
 * What is wrong in a /etc/subuid or /etc/subgid: lines that are none, and ranges of the kubelet or of Sysbox that others have,
 * too. The kubelet wants its range in steps of 65536 (kubernetes.io/docs, user namespaces); without a line it uses 65536 and up.
 */
export function subordinateIdProblems(text: string, file: string): readonly string[] {
  const lines = text.split('\n').filter(Boolean);
  const ranges = lines.map(parseRange);
  const broken = lines
    .filter((_, i) => ranges[i] === undefined)
    .map((line) => `${file} has a line that is none: ${line}`);
  const known = ranges.filter((range) => range !== undefined);
  return [...broken, ...kubeletProblems(known, file), ...overlaps(known, file)];
}

const step = 65_536;
/** Where ranges of ordinary users begin, rounded up; behind the last id there is no other. */
const [first, end] = [2 * step, 2 ** 32 - step];

/** The ranges of such a text; lines that are none are left out. */
export function rangesOf(text: string): readonly Range[] {
  return text.split('\n').flatMap((line) => parseRange(line) ?? []);
}

/** Where `count` ids in a row are free, in steps of 65536; undefined when there are not so many. */
export function freeStart(ranges: readonly Range[], count: number): number | undefined {
  const behind = ranges.map((range) => Math.ceil((range.start + range.count) / step) * step);
  return [first, ...behind]
    .filter((start) => start >= first && start + count <= end)
    .toSorted((a, b) => a - b)
    .find((start) => ranges.every((range) => range.start + range.count <= start || start + count <= range.start));
}

/** The text without the lines of an owner. */
export function withoutOwner(text: string, owner: string): string {
  return text
    .split('\n')
    .filter((line) => parseRange(line)?.owner !== owner)
    .join('\n');
}

function kubeletProblems(ranges: readonly Range[], file: string): readonly string[] {
  const own = ranges.filter(({ owner }) => owner === 'kubelet');
  if (own.length === 0) return [];
  const isFine =
    own.length === 1 && own.every(({ start, count }) => start >= step && start % step === 0 && count % step === 0);
  return isFine ? [] : [`${file} must give kubelet one range whose start and length are multiples of ${step}`];
}

function overlaps(ranges: readonly Range[], file: string): readonly string[] {
  const ours = ranges.filter(({ owner }) => owner === 'kubelet' || owner === 'sysbox');
  return ours.flatMap((own) =>
    ranges
      .filter(
        (other) =>
          other.owner !== own.owner && other.start < own.start + own.count && own.start < other.start + other.count,
      )
      .map((other) => `${file} gives ids of ${own.owner} to ${other.owner}, too`),
  );
}

function parseRange(line: string): Range | undefined {
  const match = /^([^:\s]+):(\d+):(\d+)$/.exec(line.trim());
  return match === null ? undefined : { owner: match[1] ?? '', start: Number(match[2]), count: Number(match[3]) };
}
