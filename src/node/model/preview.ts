/** What a pass is asked, and what it would do. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Labels } from '../../api/types.ts';
import type { ProgramPaths } from '../../render/capabilities.ts';
import type { HostFacts } from '../../render/facts.ts';
import type { ReadNodeReadiness } from '../ports/node-readiness.ts';
import type { Action, Rest } from './action.ts';
import type { DesiredState, SourceAnswer } from './desired-state.ts';
import type { AgentState } from './drift.ts';
import type { TransactionEvent } from './event.ts';
import type { FileContents } from './file-contents.ts';
import type { Hold } from './hold.ts';
import type { Journal } from './journal.ts';
import type { Observed } from './observed.ts';
import type { Authority } from './permission.ts';
import type { Pin } from './pin.ts';

export interface ReconcileRequest {
  readonly source: SourceAnswer;
  readonly labels: Labels;
  /** Of the host, with the versions of the programs at these paths. */
  readonly facts: (programs: ProgramPaths) => Promise<HostFacts>;
  readonly allowance: PathAllowance;
  /** Now, RFC 3339: for the record. */
  readonly at?: string;
  readonly restart: boolean;
  readonly retry: boolean;
  readonly resting?: Rest | undefined;
  /** What an agent that stays remembers; absent for a command that runs once. */
  readonly agentState?: AgentState | undefined;
  /** Said elsewhere than on the host. */
  readonly hold?: Hold | undefined;
  /** How the cluster sees this node; absent where nobody could say. */
  readonly readNodeReadiness?: ReadNodeReadiness | undefined;
  readonly authority: Authority;
  /** A proof that is under way is given up, and the change undone. */
  readonly stop?: AbortSignal;
  /** Likewise, because something else is wanted by now. */
  readonly superseded?: AbortSignal;
  readonly report: (event: TransactionEvent) => void;
}

export interface Preview {
  readonly journal: Journal;
  /** What a person has gone back to; undefined if there is no pin. */
  readonly pin: Pin | undefined;
  readonly desired: DesiredState;
  readonly observed: Observed;
  readonly action: Action;
  /** The bytes of every file that is to be there after the action. */
  readonly contents: FileContents;
}
