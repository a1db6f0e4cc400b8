/** Compare-and-swap: a write to an object that has changed since it was seen is none. */

import type { Written } from '../fleet/fleet.ts';
import { ApiError } from './kubernetes-api.ts';

type Version = { readonly resourceVersion: string };

/**
 * Without a version nothing is written: it would overwrite changes that we have not seen.
 *
 * @returns Stale if the object has another version by now, or is gone
 */
export async function unlessStale(
  resourceVersion: string | undefined,
  write: (version: Version) => Promise<void>,
): Promise<Written> {
  if (resourceVersion === undefined) return 'Stale';
  try {
    await write({ resourceVersion });
    return 'Written';
  } catch (error) {
    if (error instanceof ApiError && (error.code === 'Conflict' || error.code === 'NotFound')) return 'Stale';
    throw error;
  }
}
