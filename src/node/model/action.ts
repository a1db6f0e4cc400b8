/** What is wanted of a node, and the one thing that is to be done about it. */

import type { Problem } from '../../api/problem.ts';
import type { DisruptionRequest } from '../../api/types.ts';
import type { AgentState, Drift } from './drift.ts';
import type { Permission } from './permission.ts';
import type { TransactionRecord } from './record.ts';
import type { Step } from './step.ts';
import type { RenderedTarget } from './target.ts';

/** What the objects, labels and facts ask of this node. */
export type DesiredRevision =
  /** A rendering of today, from inputs that differ from those of the committed revision. */
  | ({ readonly kind: 'Revision' } & RenderedTarget)
  /** The inputs are those of the committed revision, so that one stays, whatever today's renderer would make of them (design N3a). */
  | { readonly kind: 'Committed'; readonly drift: 'Repair' | 'Report' }
  /** A person has gone back to this revision; the problems say so, and what keeps the source from answering. */
  | { readonly kind: 'Pinned'; readonly record: TransactionRecord; readonly problems: readonly Problem[] }
  /** A source that answers has no object that selects this node. */
  | { readonly kind: 'Originals' }
  /** It cannot be said: the source is lost, objects are invalid or in conflict, or rendering refused. Absence of evidence is no withdrawal (design N8). */
  | { readonly kind: 'Unknown'; readonly problems: readonly Problem[] };

export interface DecideOptions {
  /** False for `--no-restart`. */
  readonly restart: boolean;
  /** True when a person asked for it: a remembered failure of the same inputs does not stand in the way. */
  readonly retry: boolean;
  /** What was interrupted a moment ago, and is left in peace for a while. */
  readonly resting?: Rest | undefined;
  readonly bootId: string;
  readonly permission: Permission;
  /** Of an agent that stays; absent for a command that runs once. */
  readonly agentState?: AgentState | undefined;
  /** An invocation that may have begun with other files than those of the committed revision. */
  readonly suspectInvocation?: string | undefined;
}

export interface Rest {
  /** As in a record: null where the node goes back to its originals. */
  readonly inputs: string | null;
  readonly reason: string;
}

export type Action =
  /** The node stays as it is, for a reason that somebody should read. */
  | {
      readonly kind: 'Keep';
      readonly because: 'Unknown' | 'FailedBefore' | 'Resting';
      readonly problems: readonly Problem[];
      readonly verdict?: string;
    }
  /** The node is as wanted, and our own records say so too. */
  | { readonly kind: 'Nothing' }
  /** Without steps only our own records change: the same bytes came from other inputs. */
  | ({ readonly kind: 'Change' /** To be laid before anything is touched. */; readonly claim?: DisruptionRequest } & Change)
  /** The controller is to be asked first, and has not said yes yet. */
  | ({ readonly kind: 'Ask'; readonly request: DisruptionRequest } & Change);

export interface Change {
  readonly record: TransactionRecord;
  readonly steps: readonly Step[];
  readonly foreign: readonly string[];
  readonly reason: DisruptionRequest['reason'];
  /** What somebody else did, and is put right by it. */
  readonly drifted?: readonly Drift[];
  /** Drifted files come back, and the kubelet, which has not read what was there instead, does not notice, if its invocation stays this one. */
  readonly unnoticedBy?: string;
  /** What a person has to put right all the same. */
  readonly unresolved?: readonly Problem[];
}
