/** Differences between the committed revision and the host, and what a running agent knows about them. */

import type { Problem } from '../../api/problem.ts';

export type DriftKind = 'Changed' | 'Removed' | 'Appeared' | 'Mode' | 'Owner' | 'ReplacedByLink';

/** One managed file that is not as we wrote it. */
export interface Drift {
  readonly path: string;
  readonly kind: DriftKind;
}

/** The knowledge of a running agent from earlier passes. A command that runs once cannot know it. */
export interface AgentState {
  /** Invocations of the unit that are known to have started with the files of the committed revision. */
  readonly provenInvocations: readonly string[];
  /**
   * Paths that another program changes again and again, with the problem to report for each. They are not
   * repaired for a while.
   */
  readonly flapping: ReadonlyMap<string, Problem>;
}
