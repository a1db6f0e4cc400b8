/** The target of a transaction: the files and the unit that the host has after it. */

import type { RevisionTraits } from '../../render/revision.ts';
import type { Originals, RecordedState, UnitState } from './record.ts';

/** The part of a target that planning compares with the host. */
export interface TargetState {
  readonly files: readonly { readonly path: string; readonly state: RecordedState }[];
  readonly unit: UnitState & { readonly name: string };
  /**
   * The `[Install]` section of the unit's own file after the change; it determines which links enabling
   * makes. Null if that file was not read.
   */
  readonly install: string | null;
}

/** The whole target, from which the steps and the record are made. */
export interface Target extends TargetState {
  /** Id of the revision; null where the node goes back to its originals. */
  readonly revision: string | null;
  readonly traits: RevisionTraits;
  readonly originals: Originals;
  /** Paths that are no longer managed and keep their bytes, because these are not the bytes that we wrote. */
  readonly foreign: readonly string[];
}
