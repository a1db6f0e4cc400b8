/** The ordered steps that take a host from what is there to what should be. Pure; planning again after carrying it out gives no steps. */

import { enabledStates, isUnitFile, unitPath } from '../../systemd/load-path.ts';
import { installSection } from '../../systemd/unit-text.ts';
import type { Observed } from '../model/observed.ts';
import { recordedState, sameState } from '../model/record.ts';
import type { Step } from '../model/step.ts';
import type { TargetState } from '../model/target.ts';
import type { FileState } from '../ports/files.ts';

export interface PlanOptions {
  /** Never: files only, as for an image or `--no-restart`. Always: also when no file differs, because a restart is owed. */
  readonly restart: 'WhenChanged' | 'Always' | 'Never';
  /** State files that the kubelet would not start over. */
  readonly setAside?: readonly string[];
}

/**
 * What the kubelet reads goes first, its unit last, then one reload if systemd's own files changed and one restart if anything did
 * (design N3). A unit that is to go is stopped and disabled while its file is still there.
 */
export function plan(observed: Observed, target: TargetState, { restart, setAside = [] }: PlanOptions): Step[] {
  const changes = fileSteps(observed, target);
  const { name, active } = target.unit;
  const { unlink, link } = linkChanges(observed, target, changes);

  const steps: Step[] = [];
  const isDown = observed.unit.activeState === 'inactive';
  if (observed.systemdRuns && !active && !isDown && restart !== 'Never') steps.push({ kind: 'Stop', unit: name });
  if (unlink) steps.push({ kind: 'Disable', unit: name });
  steps.push(...changes);
  if (link) steps.push({ kind: 'Enable', unit: name });
  if (observed.systemdRuns && (unlink || link || changes.some((step) => isUnitFile(step.path)))) steps.push({ kind: 'Reload' });
  if (observed.systemdRuns && active && (restart === 'Always' || (restart === 'WhenChanged' && changes.length > 0))) {
    // Still one stop and one start.
    if (setAside.length > 0 && !isDown) steps.push({ kind: 'Stop', unit: name });
    for (const path of setAside) steps.push({ kind: 'SetAside', path });
    steps.push({ kind: 'Restart', unit: name });
  }
  return steps;
}

/** Links are made from `[Install]`: when that changes, the old ones go before the new ones come (openshift/machine-config-operator 2145). */
function linkChanges(
  observed: Observed,
  { unit, install }: TargetState,
  changes: readonly FileStep[],
): { unlink: boolean; link: boolean } {
  const state = observed.unit.unitFileState;
  const path = unitPath(unit.name);
  const change = changes.find((step) => step.path === path);
  const rewritten = change?.kind === 'Remove' || (change !== undefined && install !== installOf(observed.files.get(path)));
  const differs = unit.enabled !== enabledStates.includes(state);
  return {
    unlink: (state === 'enabled' && rewritten) || (!unit.enabled && differs && state !== ''),
    // Also when it was static: with another `[Install]` it needs links from now on.
    link: unit.enabled && (rewritten || differs),
  };
}

/** Undefined where another file may count, below /usr/lib. */
function installOf(file: FileState | undefined): string | undefined {
  return file?.kind === 'File' ? installSection(file.content.toString()) : undefined;
}

type FileStep = Extract<Step, { kind: 'Write' | 'Remove' }>;

function fileSteps(observed: Observed, target: TargetState): FileStep[] {
  const steps = target.files.flatMap(({ path, state }): FileStep[] => {
    const found = recordedState(observed.files.get(path) ?? { kind: 'Absent' });
    if (sameState(found, state)) return [];
    if (state.kind !== 'File') return [{ kind: 'Remove', path }];
    return [{ kind: 'Write', path, state, existed: found.kind === 'File' }];
  });
  return steps.sort((a, b) => Number(isUnitFile(a.path)) - Number(isUnitFile(b.path)) || (a.path < b.path ? -1 : 1));
}
