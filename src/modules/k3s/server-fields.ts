interface Live {
  readonly metadata: object;
  readonly status?: unknown;
}

const serverFields: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'generation',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]);

/** An object as somebody could have written it: without status and without what only the API server sets. */
export function withoutServerFields({ metadata, status: _status, ...object }: Live): object {
  const own = Object.entries(metadata).filter(([name]) => !serverFields.has(name));
  return { ...object, metadata: Object.fromEntries(own) };
}
