/** What came of one pass. */

import type { Problem } from '../../api/problem.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import type { Drift } from './drift.ts';
import type { TransactionResult } from './event.ts';
import type { HostFault } from './host-fault.ts';
import type { TransactionRecord } from './record.ts';
import type { Step } from './step.ts';

export type Outcome =
  | {
      readonly kind: 'Unchanged';
      readonly revision: string | null;
      readonly warnings: readonly Problem[];
      /** Of the unit that was seen with every file in order. */
      readonly invocation?: string;
    }
  | {
      readonly kind: 'Kept';
      readonly problems: readonly Problem[];
      readonly failedBefore?: string;
      /** What interrupted the change: it is tried again after a rest. */
      readonly interruptedBy?: string;
    }
  | {
      readonly kind: 'Changed';
      readonly record: TransactionRecord;
      readonly result: TransactionResult;
      readonly warnings: readonly Problem[];
      /** Left alone, since their bytes are not the ones we wrote. */
      readonly foreign: readonly string[];
      readonly reason: DisruptionRequest['reason'];
      /** What somebody else had done, and was to be put right. */
      readonly drifted?: readonly Drift[];
      /** Without a restart. */
      readonly isUnnoticed?: boolean;
      /** What a person has to put right all the same. */
      readonly unresolved?: readonly Problem[];
    }
  /** A change is wanted, and the controller has not granted it yet; nothing was touched. */
  | {
      readonly kind: 'Waiting';
      readonly request: DisruptionRequest;
      readonly steps: readonly Step[];
      readonly warnings: readonly Problem[];
      /** Why a grant could not be used. */
      readonly why?: string;
    }
  /** The host cannot be read as it must be, or its systemd cannot be asked; nothing was touched. */
  | { readonly kind: 'Unreadable'; readonly error: HostFault };

type Repair = Extract<Outcome, { kind: 'Changed' }>;

/** What somebody else had changed is as it was. */
export function isRepair(outcome: Outcome): outcome is Repair {
  return outcome.kind === 'Changed' && outcome.result.kind === 'Committed' && (outcome.drifted ?? []).length > 0;
}
