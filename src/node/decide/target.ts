/** Where a transaction is to lead: a revision, the committed one again, or back to what was there before us. Pure. */

import type { PolicyState } from '../../kubelet/policy-states.ts';
import { isUnitFile } from '../../render/revision.ts';
import { enabledStates, unitPath } from '../../systemd/load-path.ts';
import { installSection } from '../../systemd/unit-text.ts';
import type { Observed } from '../model/observed.ts';
import { absent, type Originals, type RecordedState, recordedState, sameState, sha256, type TransactionRecord, type UnitState } from '../model/record.ts';
import type { RenderedTarget, Target } from '../model/target.ts';
import { originalStates } from './policy-states.ts';

export function revisionTarget(wanted: RenderedTarget, committed: TransactionRecord | undefined, observed: Observed): Target {
  const { revision, inputs, orphans, extras, drift, healthz, policyStates } = wanted;
  const files = revision.files.map(({ path, mode, uid, gid, content }) => {
    const state: RecordedState = { kind: 'File', mode, uid, gid, sha256: sha256(Buffer.from(content)) };
    return { path, state };
  });
  const dropped = committed
    ? released(
        committed,
        files.map((file) => file.path),
        observed,
      )
    : { files: [], foreign: [] };
  return {
    revision: revision.id,
    inputs,
    orphans,
    files: [...files, ...dropped.files],
    originals: withOriginals(
      committed,
      files.map((file) => file.path),
      policyStates,
      observed,
    ),
    unit: { name: revision.unit.name, enabled: revision.unit.enabled, active: true },
    install: installSection(revision.files.find((file) => file.path === unitPath(revision.unit.name))?.content ?? ''),
    foreign: dropped.foreign,
    extras,
    drift,
    healthz,
    policyStates,
  };
}

/** The last known good again: what drifted comes back. */
export function committedTarget(committed: TransactionRecord): Target {
  const { revision, inputs, orphans, files, originals, unit, extras, drift, healthz, policyStates = [] } = committed;
  const managed = files.filter((file) => file.after.kind === 'File').map(({ path, after }) => ({ path, state: after }));
  return {
    revision,
    inputs,
    orphans,
    files: managed,
    originals,
    unit: { name: unit.name, ...unit.after },
    install: null,
    foreign: [],
    extras,
    drift: drift ?? 'Repair',
    healthz,
    policyStates,
  };
}

/** Forward to what was committed once: its files as they were then, and what came later goes. */
export function earlierTarget(earlier: TransactionRecord, committed: TransactionRecord | undefined, observed: Observed): Target {
  const goal = committedTarget(earlier);
  const paths = goal.files.map(({ path }) => path);
  const dropped = committed ? released(committed, paths, observed) : { files: [], foreign: [] };
  return {
    ...goal,
    files: [...goal.files, ...dropped.files],
    originals: withOriginals(committed, paths, goal.policyStates, observed),
    foreign: dropped.foreign,
  };
}

/** Everything we manage goes back to what was there before us; what was Orphan stays, and so does the unit if its file stays. */
export function originalsTarget(committed: TransactionRecord, observed: Observed): Target {
  const { files, foreign } = released(committed, [], observed);
  const unitStays = committed.files.some(
    ({ path }) => isUnitFile(path) && (committed.orphans.includes(path) || foreign.includes(path)),
  );
  const unit = unitStays ? unitState(observed) : committed.originals.unit;
  return {
    revision: null,
    inputs: null,
    orphans: [],
    files,
    originals: { ...committed.originals, files: [] },
    unit: { name: committed.unit.name, ...unit },
    install: null,
    foreign,
    extras: [],
    drift: 'Repair',
    healthz: undefined,
    policyStates: committed.originals.policyStates ?? [],
  };
}

/** The originals are back and not ours to look after: there is only the kubelet to restart or stop that `--no-restart` left running. */
export function releasedTarget(committed: TransactionRecord, observed: Observed): Target {
  const { name, after } = committed.unit;
  return {
    ...committedTarget(committed),
    files: [],
    unit: { name, enabled: unitState(observed).enabled, active: after.active },
  };
}

/** What becomes of the committed paths that are not in `kept`: their originals, unless they are orphaned or no longer ours (design N7). */
function released(committed: TransactionRecord, kept: readonly string[], observed: Observed) {
  const candidates = committed.files.filter(
    ({ path, after }) => after.kind === 'File' && !kept.includes(path) && !committed.orphans.includes(path),
  );
  const isOurs = ({ path, after }: (typeof candidates)[number]) => {
    const found = observedState(observed, path);
    return found.kind === 'Absent' || sameState(found, after);
  };
  return {
    files: candidates.filter(isOurs).map(({ path }) => ({ path, state: originalOf(committed.originals, path) })),
    foreign: candidates.filter((file) => !isOurs(file)).map(({ path }) => path),
  };
}

/** An original is what was there when we began to manage a path; it is kept until the path is released. */
function withOriginals(
  committed: TransactionRecord | undefined,
  paths: readonly string[],
  states: readonly PolicyState[],
  observed: Observed,
): Originals {
  const managedAlready = committed?.revision ? committed.originals : undefined;
  return {
    files: paths.map(
      (path) => managedAlready?.files.find((file) => file.path === path) ?? { path, state: observedState(observed, path) },
    ),
    unit: managedAlready?.unit ?? unitState(observed),
    policyStates: managedAlready ? (managedAlready.policyStates ?? []) : originalStates(states, observed.policyStates),
  };
}

function originalOf(originals: Originals, path: string): RecordedState {
  return originals.files.find((file) => file.path === path)?.state ?? absent;
}

export function observedState(observed: Observed, path: string): RecordedState {
  return recordedState(observed.files.get(path) ?? { kind: 'Absent' });
}

export function unitState({ unit }: Observed): UnitState {
  return {
    enabled: enabledStates.includes(unit.unitFileState),
    // What runs without a unit file is the rest of a unit that is gone: it could not be started again.
    active: unit.loadState !== 'not-found' && (unit.activeState === 'active' || unit.activeState === 'activating'),
  };
}
