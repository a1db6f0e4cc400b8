/** One look at the host: everything that a decision may depend on. */

import type { FileState } from '../ports/files.ts';
import type { UnitStatus } from '../ports/systemd.ts';
import type { FoundState } from './policy-state.ts';

export interface Observed {
  /** Every path of the target, and of what is committed. */
  readonly files: ReadonlyMap<string, FileState>;
  readonly unit: UnitStatus;
  /** Whether a unit of this name is there outside of /etc, which ours only covers. */
  readonly vendorUnit: boolean;
  /** Of the unit, ours and anybody's. */
  readonly dropIns: readonly DropIn[];
  /** The kubelet's own state files. */
  readonly policyStates: ReadonlyMap<string, FoundState>;
  /** False in a root without systemd: nothing can be reloaded, started or stopped there. */
  readonly systemdRuns: boolean;
}

export interface DropIn {
  readonly path: string;
  readonly content: string;
}
