/** Logs an error once for as long as it stays the same. */

import type { Logger } from 'pino';

/**
 * Returns a function that logs a warning about a topic, unless the last warning about it was the same. So a
 * server that stays away makes one line in the log, not one for every try.
 */
export function logOnce(log: Logger): (about: string, error: unknown) => void {
  const logged = new Map<string, string>();
  return (about, error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (logged.get(about) === message) return;
    logged.set(about, message);
    log.warn({ about }, message);
  };
}
