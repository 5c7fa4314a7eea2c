/** The reason of a signal of {@link within} whose time is up. */
const timeIsUp = new Error('the time is up');

/**
 * Gives `work` a signal that is aborted after `timeoutMs`, or when `outer` is. The work decides what to throw then;
 * {@link isTimeUp} tells the two apart.
 */
export async function within<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const pass = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(() => controller.abort(timeIsUp), timeoutMs);
  outer?.addEventListener('abort', pass, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', pass);
  }
}

/** True when it was the clock that aborted the signal. */
export function isTimeUp(signal: AbortSignal): boolean {
  return signal.reason === timeIsUp;
}

/** Why a signal was aborted, as something to throw. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

/** Rejects as soon as the signal is aborted; what comes of `promise` later is passed to `late`, to be let go of. */
export function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(reasonOf(signal));
      promise.then(late, () => {});
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
