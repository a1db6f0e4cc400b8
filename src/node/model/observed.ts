/** The observed host: everything on it that a decision may depend on. */

import type { FileState } from '../ports/files.ts';
import type { UnitStatus } from '../ports/systemd.ts';
import type { FoundState } from './policy-state.ts';

/** The host as it was read at the start of a pass. */
export interface Observed {
  /** The state of every path of the desired and of the committed revision. */
  readonly files: ReadonlyMap<string, FileState>;
  /** By the path of a desired file at which a directory stands, which counts as Absent. */
  readonly directories?: ReadonlyMap<string, DirectoryInTheWay>;
  readonly unit: UnitStatus;
  /** True if a unit file of this name exists outside /etc; ours in /etc then only overrides it. */
  readonly vendorUnit: boolean;
  /** All drop-ins of the unit, whether we or others wrote them. */
  readonly dropIns: readonly DropIn[];
  /** Drop-ins that systemd does not read because one of the same name comes first. */
  readonly hiddenDropIns?: readonly DropIn[];
  /** The kubelet's own state files by path. */
  readonly policyStates: ReadonlyMap<string, FoundState>;
  /** False in a root without systemd: no unit can be reloaded, started or stopped there. */
  readonly systemdRuns: boolean;
}

/** A directory that stands where a file is to be. */
export interface DirectoryInTheWay {
  /** It and the directories in it that we made, the innermost first. */
  readonly made: readonly string[];
  /** What is in it and not ours; the directory itself if we have not made it. */
  readonly others: readonly string[];
}

/** One drop-in file of the unit. */
export interface DropIn {
  readonly path: string;
  readonly content: string;
}
