/** The observed host in the words of a record. Pure. */

import { enabledStates } from '../../systemd/load-path.ts';
import type { Observed } from '../model/observed.ts';
import { type RecordedState, recordedState, type UnitState } from '../model/record.ts';

/** What stands at a path; Absent if that path was not looked at. */
export function observedState(observed: Observed, path: string): RecordedState {
  return recordedState(observed.files.get(path) ?? { kind: 'Absent' });
}

/** A unit that runs without a unit file counts as down: it could not be started again. */
export function unitState({ unit }: Observed): UnitState {
  return {
    enabled: enabledStates.includes(unit.unitFileState),
    active: unit.loadState !== 'not-found' && (unit.activeState === 'active' || unit.activeState === 'activating'),
  };
}
