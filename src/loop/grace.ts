/** How long a process that was told to stop still waits for others. */

const graceMilliseconds = 2_000;

/**
 * A signal that is aborted some time after `stop`. Requests that are under way may still succeed in between,
 * but an API server that hangs cannot keep the process alive: the timer does not, either.
 */
export function afterGrace(stop: AbortSignal, milliseconds = graceMilliseconds): AbortSignal {
  const grace = new AbortController();
  const begin = () => void setTimeout(() => grace.abort(), milliseconds).unref();
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return grace.signal;
}
