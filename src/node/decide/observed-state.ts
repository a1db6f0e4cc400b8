/** Translates the observed host into the shapes of a record. Pure. */

import { enabledStates } from '../../systemd/load-path.ts';
import type { Observed } from '../model/observed.ts';
import { type RecordedState, recordedState, type UnitState } from '../model/record.ts';
import type { UnitStatus } from '../ports/systemd.ts';

/** The state of a path; Absent also if the path was not read. */
export function observedState(observed: Observed, path: string): RecordedState {
  return recordedState(observed.files.get(path) ?? { kind: 'Absent' });
}

/**
 * The state of the unit. One that runs without a unit file counts as not active: it could not be started
 * again.
 */
export function unitState({ unit }: Observed): UnitState {
  return {
    enabled: isEnabled(unit),
    active: unit.loadState !== 'not-found' && (unit.activeState === 'active' || unit.activeState === 'activating'),
  };
}

/** True if the unit starts at boot, or if enabling it would change nothing. */
export function isEnabled({ unitFileState }: Pick<UnitStatus, 'unitFileState'>): boolean {
  return enabledStates.includes(unitFileState);
}
