let segmenter: Intl.Segmenter | undefined;

// Two columns wide: East Asian Wide and Fullwidth (Unicode TR 11, blocks), and what is drawn as an emoji.
const wide =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|^\p{RI}|\ufe0f/u;
const zero = /^[\p{M}\p{Cf}\p{Cc}]+$/u;
// oxlint-disable-next-line no-control-regex -- colours take no room
const colours = /\u001b\[[\d;]*m/g;

/** How many columns a terminal needs for a line. Colours count nothing. */
export function displayWidth(line: string): number {
  const text = line.replaceAll(colours, '');
  if (isPlain(text)) return text.length;
  let columns = 0;
  for (const grapheme of graphemesOf(text)) columns += widthOf(grapheme);
  return columns;
}

/** Shortens text without colours to that many columns; "…" says that something is missing. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return '';
  if (isPlain(text)) return `${text.slice(0, columns - 1)}…`;
  let kept = '';
  let used = 0;
  for (const grapheme of graphemesOf(text)) {
    used += widthOf(grapheme);
    if (used > columns - 1) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** Fills up with blanks on the right, or cuts: exactly that many columns. */
export function fit(text: string, columns: number): string {
  const cut = truncate(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - displayWidth(cut)));
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

function graphemesOf(text: string): readonly string[] {
  // Made when it is first needed: reading Unicode's tables takes some 20 ms.
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function widthOf(grapheme: string): number {
  if (zero.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}
