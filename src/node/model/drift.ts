/** Differences between the committed revision and the host, and what a running agent knows of them. */

import type { Problem } from '../../api/problem.ts';

export type DriftKind = 'Changed' | 'Removed' | 'Mode' | 'Owner' | 'ReplacedByLink';

export interface Drift {
  readonly path: string;
  readonly kind: DriftKind;
}

/** What a running agent knows, and a command that runs once cannot know. */
export interface AgentState {
  /** Invocations of the unit that are known to have begun with the files of the committed revision in order. */
  readonly provenInvocations: readonly string[];
  /** Paths that another program changes again and again: left alone for a while. With the problem to report of each. */
  readonly flapping: ReadonlyMap<string, Problem>;
}
