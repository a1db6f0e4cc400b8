/** How long a process that is told to stop still waits for others. */

const graceMilliseconds = 2_000;

/** Aborts a while after `stop`: what is under way may still end well, but nobody waits for an API server that hangs. */
export function afterGrace(stop: AbortSignal, milliseconds = graceMilliseconds): AbortSignal {
  const grace = new AbortController();
  const begin = () => void setTimeout(() => grace.abort(), milliseconds).unref();
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return grace.signal;
}
