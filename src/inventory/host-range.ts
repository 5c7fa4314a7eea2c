/** Why a range cannot be expanded. */
export class RangeProblem extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

const maxHosts = 100_000;
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const range = /^([^[]*)\[([^\]:]*):([^\]:]*)(?::([^\]:]*))?\](.*)$/s;

/**
 * `web[01:03]` is web01, web02, web03: ends included, zeros kept, `[1:9:2]` in steps, letters, several ranges in a name.
 * @throws RangeProblem
 */
export function expandRange(name: string): readonly string[] {
  const match = range.exec(name);
  if (match === null) return [name];
  const [, before = '', from = '', to = '', step = '1', after = ''] = match;
  const rest = expandRange(after);
  const words = wordsBetween(from === '' ? '0' : from, to, step, `[${from}:${to}]`);
  if (words.length * rest.length > maxHosts) throw new RangeProblem(`the range means more than ${maxHosts} hosts`);
  return words.flatMap((word) => rest.map((tail) => before + word + tail));
}

function wordsBetween(from: string, to: string, step: string, shown: string): readonly string[] {
  if (!/^[1-9]\d*$/.test(step)) throw new RangeProblem(`the step of the range ${shown} must be a whole number from 1`);
  if (/^\d+$/.test(from) && /^\d+$/.test(to)) return numbers(from, to, Number(step), shown);
  const [start, end] = [letters.indexOf(from), letters.indexOf(to)];
  const isLetters = from.length === 1 && to.length === 1 && start !== -1 && end !== -1;
  if (!isLetters) {
    throw new RangeProblem(`\`${shown}\` is no range`, 'A range has two numbers or two letters: web[01:20], db-[a:c].');
  }
  if (start > end) throw emptyRange(shown, from, to);
  return sequence(start, end, Number(step)).map((index) => letters.charAt(index));
}

function numbers(from: string, to: string, step: number, shown: string): readonly string[] {
  const isPadded = from.length > 1 && from.startsWith('0');
  if (isPadded && from.length !== to.length) {
    throw new RangeProblem(
      `the ends of the range ${shown} must have the same number of digits`,
      `Write [${from}:${to.padStart(from.length, '0')}].`,
    );
  }
  if (Number(from) > Number(to)) throw emptyRange(shown, from, to);
  const width = isPadded ? from.length : 0;
  return sequence(Number(from), Number(to), step).map((number) => String(number).padStart(width, '0'));
}

function emptyRange(shown: string, from: string, to: string): RangeProblem {
  return new RangeProblem(`the range ${shown} holds no host`, `Write the smaller end first: [${to}:${from}].`);
}

function sequence(from: number, to: number, step: number): readonly number[] {
  const count = Math.floor((to - from) / step) + 1;
  if (count > maxHosts) throw new RangeProblem(`the range means more than ${maxHosts} hosts`);
  return Array.from({ length: count }, (_, i) => from + i * step);
}
