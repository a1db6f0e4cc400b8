/** The memory of a node: its committed and undone transactions. */

import type { ObjectReference } from '../../desired/effective.ts';
import type { TransactionRecord } from './record.ts';
import type { Verdict } from './verdict.ts';

/** The journal as it is read at the start of a pass. */
export interface Journal {
  /** The last known good; absent if nothing was ever committed. */
  readonly committed?: TransactionRecord;
  /** The last transaction that was undone; absent if no readable record of one is left. */
  readonly undone?: {
    readonly inputs: string | undefined;
    /** Hash of the effective spec. */
    readonly effective?: string;
    readonly revision: string | null;
    readonly objects: readonly ObjectReference[];
    readonly verdict: Verdict;
    readonly directories?: readonly string[];
    /** The id of the approved request that was claimed for it; absent if no controller approved it. */
    readonly request?: string;
    /** Which try of these inputs it was, from 1; absent means 1. */
    readonly attempt?: number;
    /** When the change began, RFC 3339; absent if an earlier build made it. */
    readonly begunAt?: string;
  };
  /** The highest sequence of any transaction so far; 0 if there was none. */
  readonly lastSequence: number;
}

/** An open transaction that was found on disk. */
export interface Open {
  /** Undefined if it cannot be read; the undo script does not need it. */
  readonly record: TransactionRecord | undefined;
}
