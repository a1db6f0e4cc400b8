/** The ordered steps that take a host from what is there to what should be. Pure; planning again after carrying it out gives no steps. */

import { isUnitFile } from '../render/revision.ts';
import type { FileState, UnitStatus } from './host.ts';
import type { FoundState } from './policy-states.ts';
import { type RecordedState, recordedState, sameState, type UnitState } from './record.ts';

export interface Target {
  readonly files: readonly { readonly path: string; readonly state: RecordedState }[];
  readonly unit: UnitState & { readonly name: string };
  /** The `[Install]` section that the unit's own file will have, or null when it was not read: it says which links enabling makes. */
  readonly install: string | null;
}

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

export type Step =
  | { readonly kind: 'Stop' | 'Disable' | 'Enable' | 'Restart'; readonly unit: string }
  | {
      readonly kind: 'Write';
      readonly path: string;
      readonly state: Extract<RecordedState, { kind: 'File' }>;
      readonly existed: boolean;
    }
  | { readonly kind: 'Remove'; readonly path: string }
  /** Out of the way of a kubelet that is down: it writes the file anew when it is told to stop. */
  | { readonly kind: 'SetAside'; readonly path: string }
  | { readonly kind: 'Reload' };

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
export function plan(observed: Observed, target: Target, { restart, setAside = [] }: PlanOptions): Step[] {
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
  { unit, install }: Target,
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

export function unitPath(unit: string): string {
  return `/etc/systemd/system/${unit}`;
}

/** Undefined where another file may count, below /usr/lib. */
function installOf(file: FileState | undefined): string | undefined {
  return file?.kind === 'File' ? installSection(file.content.toString()) : undefined;
}

/** The lines of `[Install]`, without blank ones and comments. */
export function installSection(unitFile: string): string {
  let section = '';
  const lines = unitFile.split('\n').filter((line) => {
    if (line.startsWith('[')) section = line.trim();
    return section === '[Install]' && /^[A-Za-z]/.test(line);
  });
  return lines.join('\n');
}

/** States in which the unit starts at boot, or in which enabling it would change nothing (systemctl(1), is-enabled). */
export const enabledStates: readonly string[] = ['enabled', 'static', 'indirect', 'generated', 'alias'];

type FileStep = Extract<Step, { kind: 'Write' | 'Remove' }>;

function fileSteps(observed: Observed, target: Target): FileStep[] {
  const steps = target.files.flatMap(({ path, state }): FileStep[] => {
    const found = recordedState(observed.files.get(path) ?? { kind: 'Absent' });
    if (sameState(found, state)) return [];
    if (state.kind !== 'File') return [{ kind: 'Remove', path }];
    return [{ kind: 'Write', path, state, existed: found.kind === 'File' }];
  });
  return steps.sort((a, b) => Number(isUnitFile(a.path)) - Number(isUnitFile(b.path)) || (a.path < b.path ? -1 : 1));
}
