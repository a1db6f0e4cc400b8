/** Waiting for a condition, not for a time. */

import { vi } from 'vitest';

/** The limit ends a test that hangs; a busy machine does not reach it. */
export const limit = { timeout: 60_000, interval: 50 };

/** @returns what `check` returns, as soon as it no longer throws */
export const eventually = <Value>(check: () => Value | Promise<Value>): Promise<Value> => vi.waitFor(check, limit);
