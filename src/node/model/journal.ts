/** What a node remembers of its transactions. */

import type { ObjectReference } from '../../desired/effective.ts';
import type { TransactionRecord } from './record.ts';
import type { Verdict } from './verdict.ts';

export interface Journal {
  /** The last known good. */
  readonly committed?: TransactionRecord;
  readonly undone?: {
    readonly inputs: string | undefined;
    readonly revision: string | null;
    readonly objects: readonly ObjectReference[];
    readonly verdict: Verdict;
    readonly directories?: readonly string[];
    /** Which try of its inputs it was. */
    readonly attempt?: number;
  };
  readonly lastSequence: number;
}

export interface Open {
  readonly record: TransactionRecord | undefined;
}
