/** Where a transaction leads: the files and the unit that are to be on the host afterwards. */

import type { RevisionTraits } from '../../render/revision.ts';
import type { Originals, RecordedState, UnitState } from './record.ts';

/** The part that planning compares with the host. */
export interface TargetState {
  readonly files: readonly { readonly path: string; readonly state: RecordedState }[];
  readonly unit: UnitState & { readonly name: string };
  /**
   * The `[Install]` section that the unit's own file will have: it says which links enabling makes. Null if that file
   * was not read.
   */
  readonly install: string | null;
}

/** The whole of it, known before it is known whether any step is needed. */
export interface Target extends TargetState {
  /** Id of the revision; null where the node goes back to its originals. */
  readonly revision: string | null;
  readonly traits: RevisionTraits;
  readonly originals: Originals;
  /** Paths left alone, since their bytes are not the ones that we wrote. */
  readonly foreign: readonly string[];
}
