import { z } from 'zod';

const Frame = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number(), columnNumber: z.number() });

/** What `node --cpu-prof` leaves: a tree of calls, and which of them was seen at each sample. Times in microseconds. */
export const CpuProfile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: Frame, children: z.array(z.number()).optional() })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.output<typeof CpuProfile>;
export type CallFrame = z.output<typeof Frame>;

/** Calls with one name below one caller. */
interface Call {
  readonly name: string;
  /** Milliseconds, with those of what it calls. */
  ms: number;
  readonly inner: Map<string, Call>;
}

const width = 1200;
const rowHeight = 17;
/** What is narrower is left out: it could not be seen. */
const leastPixels = 1.5;

const colours: readonly [isOf: RegExp, colour: string][] = [
  [/^src\//, '#e8864a'],
  [/^(?:ssh2|node-ssh)\b/, '#6f9fd8'],
  [/^node/, '#8fbf7f'],
  [/^V8/, '#b9b9b9'],
];

/**
 * A profile as a picture (SVG): callers below, what they call above, as wide as the time it took. Idle time is left out. `fileOf` says
 * which file of the sources a frame is of.
 */
export function flameGraph(profile: CpuProfile, fileOf: (frame: CallFrame) => string): string {
  const root = callTree(profile, fileOf);
  const rows: string[] = [];
  let depth = 0;
  const draw = (call: Call, x: number, level: number): void => {
    const pixels = (call.ms / root.ms) * width;
    if (pixels < leastPixels) return;
    depth = Math.max(depth, level);
    rows.push(box(call, x, pixels, level, root.ms));
    let at = x;
    for (const inner of [...call.inner.values()].toSorted((a, b) => a.name.localeCompare(b.name))) {
      draw(inner, at, level + 1);
      at += (inner.ms / root.ms) * width;
    }
  };
  draw(root, 0, 0);
  const height = (depth + 1) * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${-height} ${width} ${height}" font-family="monospace" font-size="11">`,
    `<rect y="${-height}" width="${width}" height="${height}" fill="#fff"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function callTree({ nodes, samples, timeDeltas }: CpuProfile, fileOf: (frame: CallFrame) => string): Call {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callerOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const root: Call = { name: 'all', ms: 0, inner: new Map() };
  for (const [i, sample] of samples.entries()) {
    const names: string[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = callerOf.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame !== undefined) names.unshift(nameOf(frame, fileOf));
    }
    const [, ...calls] = names;
    if (calls.at(-1) === 'V8 (idle)') continue;
    const ms = (timeDeltas[i] ?? 0) / 1000;
    let call = root;
    call.ms += ms;
    for (const name of calls) {
      const inner = call.inner.get(name) ?? { name, ms: 0, inner: new Map<string, Call>() };
      call.inner.set(name, inner);
      inner.ms += ms;
      call = inner;
    }
  }
  return root;
}

function nameOf(frame: CallFrame, fileOf: (frame: CallFrame) => string): string {
  if (frame.url === '') return `V8 ${frame.functionName || '(native)'}`;
  return `${fileOf(frame)} ${frame.functionName || '(anonymous)'}`;
}

function box({ name, ms }: Call, x: number, pixels: number, level: number, all: number): string {
  const y = -(level + 1) * rowHeight;
  const colour = colours.find(([isOf]) => isOf.test(name))?.[1] ?? '#d9c87c';
  const label = name.split(' ').at(-1) ?? '';
  const letters = Math.floor(pixels / 6.7);
  const text = letters < 4 ? '' : `<text x="${round(x + 2)}" y="${y + 12}">${escaped(label.slice(0, letters))}</text>`;
  const title = `${name}: ${ms.toFixed(0)} ms, ${((ms / all) * 100).toFixed(1)} %`;
  return `<g><title>${escaped(title)}</title><rect x="${round(x)}" y="${y}" width="${round(pixels)}" height="${rowHeight - 1}" fill="${colour}"/>${text}</g>`;
}

function round(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
