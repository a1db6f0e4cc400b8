/** The input of a decision about one node, and the action that comes out of it. */

import type { Problem } from '../../api/problem.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import type { AgentState, Drift } from './drift.ts';
import type { Journal } from './journal.ts';
import type { Observed } from './observed.ts';
import type { Permission } from './permission.ts';
import type { TransactionRecord } from './record.ts';
import type { Step } from './step.ts';

/** The options of the caller, and its knowledge besides the journal and the observed host. */
export interface DecideOptions {
  /** False for `--no-restart`. */
  readonly restart: boolean;
  /** True if a person asked for the pass: inputs that failed before are then tried again. */
  readonly retry: boolean;
  /** True if a person has just asked this node to try again what failed. */
  readonly isRetryAsked?: boolean;
  /** The change that was interrupted a short time ago and is not tried again yet. */
  readonly resting?: Rest | undefined;
  /** The kernel's id of the current boot. */
  readonly bootId: string;
  readonly permission: Permission;
  /** Undefined for a command that runs once. */
  readonly agentState?: AgentState | undefined;
  /**
   * The invocation of the unit that may have started with files other than those of the committed revision.
   */
  readonly suspectInvocation?: string | undefined;
}

/** A pause before interrupted inputs are tried again. */
export interface Rest {
  /** Id of the inputs; null if the node goes back to its originals. */
  readonly inputs: string | null;
  readonly reason: string;
}

/** Everything that a decision depends on besides the desired revision; read once a pass. */
export interface Situation {
  readonly journal: Journal;
  readonly observed: Observed;
  readonly options: DecideOptions;
  /**
   * True if the running kubelet may not have read the committed files: its restart was postponed, or its
   * invocation is suspect.
   */
  readonly restartPending: boolean;
}

/** The next action on a node. */
export type Action =
  /**
   * The node stays as it is. A person should read why: `problems`, or `verdict` of the earlier try.
   * Overridden: all that is ours is in order, but systemd would start, or runs, something else.
   */
  | {
      readonly kind: 'Keep';
      readonly because: 'Unknown' | 'FailedBefore' | 'Resting' | 'Overridden';
      readonly problems: readonly Problem[];
      readonly verdict?: string;
    }
  /** The node and the journal are as desired. */
  | { readonly kind: 'Nothing' }
  /**
   * A change that may be made now. Without steps only the journal changes, because other inputs gave the same
   * bytes. `claim` must be sent before anything is touched; absent if no controller approved the change.
   */
  | ({ readonly kind: 'Change'; readonly claim?: DisruptionRequest } & Change)
  /** A change that needs the approval of the controller, which has not given it yet. */
  | ({ readonly kind: 'Ask'; readonly request: DisruptionRequest; readonly waitsFor?: string } & Change);

/** A planned transaction. */
export interface Change {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  /** Paths that are no longer managed and keep their bytes, because these are not the bytes that we wrote. */
  readonly foreign: readonly string[];
  readonly reason: DisruptionRequest['reason'];
  /** Drift that the change repairs. */
  readonly drifted?: readonly Drift[];
  /**
   * The running invocation, in a repair without a restart: it has not read the drifted files. If another
   * invocation has started by the end of the change, that one is suspect.
   */
  readonly unnoticedBy?: string;
  /** Problems that the change does not solve and that a person has to solve. */
  readonly unresolved?: readonly Problem[];
}
