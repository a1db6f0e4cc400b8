/** Where a transaction leads: the files and the unit that are to be on the host afterwards. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { PolicyState } from '../../kubelet/policy-states.ts';
import type { Inputs, Revision } from '../../render/revision.ts';
import type { Originals, RecordedState, UnitState } from './record.ts';

/** Known before it is known whether any step is needed. */
export interface Target extends TargetState {
  readonly revision: string | null;
  readonly inputs: Inputs | null;
  readonly originals: Originals;
  readonly orphans: readonly string[];
  /** Paths left alone, since their bytes are not the ones we wrote. */
  readonly foreign: readonly string[];
  readonly extras: readonly string[] | undefined;
  readonly drift: 'Repair' | 'Report';
  /** Where the kubelet will say whether it is healthy; undefined where it does not, or where that is not known. */
  readonly healthz: HealthzEndpoint | undefined;
  /** What the kubelet's state files have to be made for. */
  readonly policyStates: readonly PolicyState[];
}

/** A rendering of today. */
export interface RenderedTarget {
  readonly revision: Revision;
  readonly inputs: Inputs;
  readonly orphans: readonly string[];
  readonly extras: readonly string[];
  readonly drift: 'Repair' | 'Report';
  readonly healthz: HealthzEndpoint | undefined;
  readonly policyStates: readonly PolicyState[];
}

export interface TargetState {
  readonly files: readonly { readonly path: string; readonly state: RecordedState }[];
  readonly unit: UnitState & { readonly name: string };
  /** The `[Install]` section that the unit's own file will have, or null when it was not read: it says which links enabling makes. */
  readonly install: string | null;
}
