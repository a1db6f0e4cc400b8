/**
 * The targets of transactions: a rendered revision, the committed or an earlier one, or the originals. Pure.
 */

import type { PolicyState } from '../../kubelet/policy-states.ts';
import { type RenderedRevision, unmanaged } from '../../render/revision.ts';
import { isUnitFile, unitPath } from '../../systemd/load-path.ts';
import { installSection } from '../../systemd/unit-text.ts';
import type { Observed } from '../model/observed.ts';
import {
  absent,
  managedFiles,
  type Originals,
  type RecordedState,
  sameState,
  sha256,
  type TransactionRecord,
} from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { observedState, unitState } from './observed-state.ts';
import { originalStates } from './policy-states.ts';

/** Target: a rendered revision. Committed files that it no longer has go back to their originals. */
export function revisionTarget(
  { revision, traits }: RenderedRevision,
  committed: TransactionRecord | undefined,
  observed: Observed,
): Target {
  const files = revision.files.map(({ path, mode, uid, gid, content }) => {
    const state: RecordedState = { kind: 'File', mode, uid, gid, sha256: sha256(Buffer.from(content)) };
    return { path, state };
  });
  const { name, enabled = unitState(observed).enabled } = revision.unit;
  const unitFile = revision.files.find((file) => file.path === unitPath(name))?.content ?? '';
  const target = {
    revision: revision.id,
    traits,
    files,
    unit: { name, enabled, active: true },
    install: installSection(unitFile),
  };
  return withReleased(target, committed, observed);
}

/** Target: the committed revision again, without its drift. */
export function committedTarget(committed: TransactionRecord): Target {
  const { revision, originals, unit } = committed;
  const { inputs, orphans, extras, drift, healthz, policyStates, health, nodeFiles, kubeletVersion } = committed;
  const traits = { inputs, orphans, extras, drift, healthz, policyStates, health };
  const managed = managedFiles(committed).map(({ path, after }) => ({ path, state: after }));
  return {
    revision,
    traits: { ...traits, ...(nodeFiles && { nodeFiles }), ...(kubeletVersion !== undefined && { kubeletVersion }) },
    files: managed,
    originals,
    unit: { name: unit.name, ...unit.after },
    install: null,
    foreign: [],
  };
}

/**
 * Target: a revision that was committed earlier, with its files as they were then. Files of later ones are
 * released.
 */
export function earlierTarget(earlier: TransactionRecord, committed: TransactionRecord | undefined, observed: Observed): Target {
  return withReleased(committedTarget(earlier), committed, observed);
}

/**
 * Target: the originals of all managed files. Orphans stay, and the unit stays as it is if its file stays.
 */
export function originalsTarget(committed: TransactionRecord, observed: Observed): Target {
  const { originals, orphans } = committed;
  const { files, foreign } = released(committed, [], observed);
  const unitStays = committed.files.some(({ path }) => isUnitFile(path) && (orphans.includes(path) || foreign.includes(path)));
  return {
    revision: null,
    traits: { ...unmanaged, policyStates: originals.policyStates ?? [] },
    files,
    originals: { ...originals, files: [] },
    unit: { name: committed.unit.name, ...(unitStays ? unitState(observed) : originals.unit) },
    install: null,
    foreign,
  };
}

/**
 * Target: after the originals came back with `--no-restart`, only the unit is still to restart or stop. The
 * files are no longer managed.
 */
export function releasedTarget(committed: TransactionRecord, observed: Observed): Target {
  const { name, after } = committed.unit;
  return {
    ...committedTarget(committed),
    files: [],
    unit: { name, enabled: unitState(observed).enabled, active: after.active },
  };
}

/** Adds to a target the originals of its paths, and the committed paths that it releases. */
function withReleased(
  target: Omit<Target, 'originals' | 'foreign'>,
  committed: TransactionRecord | undefined,
  observed: Observed,
): Target {
  const paths = target.files.map(({ path }) => path);
  const dropped = committed ? released(committed, paths, observed) : { files: [], foreign: [] };
  return {
    ...target,
    files: [...target.files, ...dropped.files],
    originals: originalsFor(paths, target.traits.policyStates, committed, observed),
    foreign: dropped.foreign,
  };
}

/**
 * The committed paths that are not in `kept`, with the originals that they go back to (design N7). Orphans
 * are left out; `foreign` are the paths that were changed after we wrote them.
 */
function released(committed: TransactionRecord, kept: readonly string[], observed: Observed): Pick<Target, 'files' | 'foreign'> {
  const candidates = managedFiles(committed).filter(({ path }) => !kept.includes(path) && !committed.orphans.includes(path));
  const isOurs = ({ path, after }: (typeof candidates)[number]) => {
    const found = observedState(observed, path);
    return found.kind === 'Absent' || sameState(found, after);
  };
  return {
    files: candidates.filter(isOurs).map(({ path }) => ({ path, state: originalOf(committed.originals, path) })),
    foreign: candidates.filter((file) => !isOurs(file)).map(({ path }) => path),
  };
}

/** The original of a path is its state when we began to manage it. It is kept until the path is released. */
function originalsFor(
  paths: readonly string[],
  policyStates: readonly PolicyState[],
  committed: TransactionRecord | undefined,
  observed: Observed,
): Originals {
  const known = committed?.revision ? committed.originals : undefined;
  return {
    files: paths.map((path) => known?.files.find((file) => file.path === path) ?? { path, state: observedState(observed, path) }),
    unit: known?.unit ?? unitState(observed),
    policyStates: known ? (known.policyStates ?? []) : originalStates(policyStates, observed.policyStates),
  };
}

function originalOf(originals: Originals, path: string): RecordedState {
  return originals.files.find((file) => file.path === path)?.state ?? absent;
}
