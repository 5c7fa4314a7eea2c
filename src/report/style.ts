/** Paints text, or leaves it as it is. */
export type Paint = (text: string) => string;

/** What colours mean here. Colour never carries anything that the words do not say. */
export interface Style {
  readonly good: Paint;
  readonly changed: Paint;
  readonly bad: Paint;
  readonly quiet: Paint;
  readonly strong: Paint;
  readonly place: Paint;
}

const plain: Paint = (text) => text;

/** SGR codes, or none: for pipes, and for people who set NO_COLOR. */
export function makeStyle(colour: boolean): Style {
  const paint = (on: number, off: number): Paint =>
    colour ? (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`) : plain;
  return {
    good: paint(32, 39),
    changed: paint(33, 39),
    bad: paint(31, 39),
    quiet: paint(2, 22),
    strong: paint(1, 22),
    place: paint(36, 39),
  };
}
