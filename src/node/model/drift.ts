/** Differences between the committed revision and the host, and what a running agent knows of them. */

import type { Problem } from '../../api/problem.ts';

export type DriftKind = 'Changed' | 'Removed' | 'Mode' | 'Owner' | 'ReplacedByLink';

export interface Drift {
  readonly path: string;
  readonly kind: DriftKind;
}

/** What an agent that stays knows, and a command that runs once cannot know. */
export interface AgentState {
  /** Invocations of the unit of which it is known that they began with the files of the committed revision in order. */
  readonly knownGood: readonly string[];
  /** Paths that somebody else changes again and again: left alone for a while, with what to say of it. */
  readonly contested: ReadonlyMap<string, Problem>;
}
