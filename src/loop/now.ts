/** The host's clock, as records and reports write it. */

import { rfc3339 } from './time.ts';

export function now(): string {
  return rfc3339(Date.now());
}
