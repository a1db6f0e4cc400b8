/** What a decision rests on, and the one thing that is to be done next. */

import type { Problem } from '../../api/problem.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import type { AgentState, Drift } from './drift.ts';
import type { Journal } from './journal.ts';
import type { Observed } from './observed.ts';
import type { Permission } from './permission.ts';
import type { TransactionRecord } from './record.ts';
import type { Step } from './step.ts';

export interface DecideOptions {
  /** False for `--no-restart`. */
  readonly restart: boolean;
  /** True if a person asked for it: a remembered failure of the same inputs does not stand in the way then. */
  readonly retry: boolean;
  /** A change that was interrupted a moment ago, and is left alone for a while. */
  readonly resting?: Rest | undefined;
  readonly bootId: string;
  readonly permission: Permission;
  /** What a running agent knows; undefined for a command that runs once. */
  readonly agentState?: AgentState | undefined;
  /** An invocation of the unit that may have begun with other files than those of the committed revision. */
  readonly suspectInvocation?: string | undefined;
}

export interface Rest {
  /** Id of the inputs, as in a record: null where the node goes back to its originals. */
  readonly inputs: string | null;
  readonly reason: string;
}

/** Everything that a decision rests on besides what is desired: read once a pass, carried whole. */
export interface Situation {
  readonly journal: Journal;
  readonly observed: Observed;
  readonly options: DecideOptions;
  /** The running kubelet has not read the committed files: its restart was put off, or it is in doubt which files it began with. */
  readonly restartPending: boolean;
}

export type Action =
  /** The node stays as it is, for a reason that a person should read. */
  | {
      readonly kind: 'Keep';
      readonly because: 'Unknown' | 'FailedBefore' | 'Resting';
      readonly problems: readonly Problem[];
      readonly verdict?: string;
    }
  /** The node is as desired, and our own records say so too. */
  | { readonly kind: 'Nothing' }
  /** Without steps only our own records change: other inputs gave the same bytes. `claim` is laid before anything is touched. */
  | ({ readonly kind: 'Change'; readonly claim?: DisruptionRequest } & Change)
  /** The controller is to be asked first, and has not approved yet. */
  | ({ readonly kind: 'Ask'; readonly request: DisruptionRequest } & Change);

export interface Change {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  /** Paths left alone, since their bytes are not the ones that we wrote. */
  readonly foreign: readonly string[];
  readonly reason: DisruptionRequest['reason'];
  /** Drift that the change repairs. */
  readonly drifted?: readonly Drift[];
  /**
   * The invocation that does not notice the repair: it has not read what stood there instead. If another one has begun
   * by the end of the change, it is suspect.
   */
  readonly unnoticedBy?: string;
  /** What a person has to put right all the same. */
  readonly unresolved?: readonly Problem[];
}
