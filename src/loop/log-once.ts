/** Logs an error once for as long as it stays the same. */

import type { Logger } from 'pino';

/** A server that stays away is a line in the log, not one for every try. */
export function logOnce(log: Logger): (about: string, error: unknown) => void {
  const said = new Map<string, string>();
  return (about, error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (said.get(about) === message) return;
    said.set(about, message);
    log.warn({ about }, message);
  };
}
