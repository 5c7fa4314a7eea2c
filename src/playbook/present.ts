type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that are not undefined, so that an absent member stays absent when mappings are spread. */
export function present<T extends object>(members: T): Present<T> {
  const found: Present<T> = {};
  for (const name in members) {
    const value = members[name];
    if (isPresent(value)) found[name] = value;
  }
  return found;
}

function isPresent<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}
