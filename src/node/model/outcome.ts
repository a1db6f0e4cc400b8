/** The outcome of one pass over a node. */

import type { Problem } from '../../api/problem.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import type { Drift } from './drift.ts';
import type { TransactionResult } from './event.ts';
import type { HostFault } from './host-fault.ts';
import type { TransactionRecord } from './record.ts';
import type { SettingsRead } from './settings-read.ts';
import type { Step } from './step.ts';

/** The outcome of one pass, with all that is reported of it. */
export type Outcome =
  /** The node is as desired. */
  | {
      readonly kind: 'Unchanged';
      readonly revision: string | null;
      readonly warnings: readonly Problem[];
      /** The invocation of the unit that was observed with every file in order. */
      readonly invocation?: string;
      /** Whether the kubelet itself was asked for its settings when this revision was proved. */
      readonly settings?: SettingsRead;
    }
  /** The node stays as it is, because a change is not possible or not allowed now. */
  | {
      readonly kind: 'Kept';
      readonly problems: readonly Problem[];
      /** Why the same inputs failed before; they are not tried again. */
      readonly failedBefore?: string;
      /** The reason of the interruption; the change is tried again after a pause. */
      readonly interruptedBy?: string;
      /** Id of the revision that waits, null for the originals; absent if it is not known. */
      readonly wanted?: string | null;
    }
  /** A transaction was run. */
  | {
      readonly kind: 'Changed';
      readonly record: TransactionRecord;
      readonly result: TransactionResult;
      readonly warnings: readonly Problem[];
      /**
       * Paths that are no longer managed and keep their bytes, because these are not the bytes that we wrote.
       */
      readonly foreign: readonly string[];
      readonly reason: DisruptionRequest['reason'];
      /** The drift that the change was to repair. */
      readonly drifted?: readonly Drift[];
      /** True if the drift was repaired without a restart. */
      readonly isUnnoticed?: boolean;
      /** Problems that the change does not solve and that a person has to solve. */
      readonly unresolved?: readonly Problem[];
    }
  /** The controller has not granted the change yet. Nothing was touched. */
  | {
      readonly kind: 'Waiting';
      readonly request: DisruptionRequest;
      readonly steps: readonly Step[];
      readonly warnings: readonly Problem[];
      /** Why a grant that the controller gave could not be used. */
      readonly why?: string;
      /** What the controller does before it grants the change. */
      readonly waitsFor?: string;
    }
  /** The host cannot be read, or its systemd does not answer. Nothing was touched. */
  | { readonly kind: 'Unreadable'; readonly error: HostFault };

type Repair = Extract<Outcome, { kind: 'Changed' }>;

/** True if the pass repaired drift, with or without a restart. */
export function isRepair(outcome: Outcome): outcome is Repair {
  return outcome.kind === 'Changed' && outcome.result.kind === 'Committed' && (outcome.drifted ?? []).length > 0;
}
