/** The date of this machine, as records and reports write it. */

import { rfc3339 } from './time.ts';

/** The date now, in RFC 3339 with whole seconds: `2026-01-31T09:00:00Z`. */
export function now(): string {
  return rfc3339(Date.now());
}
