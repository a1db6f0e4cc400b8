/**
 * Plans the ordered steps from the observed host to a target. Pure; planning again after they were executed
 * gives no steps.
 */

import { excludeEachOther } from '../../api/paths.ts';
import { enabledStates, isUnitFile, unitPath } from '../../systemd/load-path.ts';
import { installSection } from '../../systemd/unit-text.ts';
import type { Observed } from '../model/observed.ts';
import { recordedState, sameState } from '../model/record.ts';
import type { Step } from '../model/step.ts';
import type { TargetState } from '../model/target.ts';
import type { FileState } from '../ports/files.ts';

/** The steps that a plan may have besides changes of files. */
export interface PlanOptions {
  /**
   * Never: only files and links, as for `--no-restart`. Always: even if no file differs, as while a restart
   * is pending.
   */
  readonly restart: 'WhenChanged' | 'Always' | 'Never';
  /** Paths of state files with which the kubelet would refuse to start. */
  readonly setAside?: readonly string[];
}

/**
 * Plans the steps: first what stands in the way of another file goes, then come the files that the kubelet
 * reads, then its unit files, then one reload if a unit
 * file or link changed, and one restart if a file changed (design N3). A unit that is removed is stopped and
 * disabled while its file still exists.
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
    // Together with the restart this is still one stop and one start.
    if (setAside.length > 0 && !isDown) steps.push({ kind: 'Stop', unit: name });
    for (const path of setAside) steps.push({ kind: 'SetAside', path });
    steps.push({ kind: 'Restart', unit: name });
  }
  return steps;
}

/**
 * Enabling makes links from `[Install]`. If that section changes, the old links are removed before the new
 * ones are made (openshift/machine-config-operator 2145).
 */
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
    // A unit that was static may need links with its new `[Install]`.
    link: unit.enabled && (rewritten || differs),
  };
}

/**
 * The `[Install]` section of a file; undefined if there is no file, as the unit may then come from /usr/lib.
 */
function installOf(file: FileState | undefined): string | undefined {
  return file?.kind === 'File' ? installSection(file.content.toString()) : undefined;
}

type FileStep = Extract<Step, { kind: 'Write' | 'Remove' | 'RemoveDirectory' }>;

function fileSteps(observed: Observed, target: TargetState): FileStep[] {
  const steps = target.files.flatMap(({ path, state }): Exclude<FileStep, { kind: 'RemoveDirectory' }>[] => {
    const found = recordedState(observed.files.get(path) ?? { kind: 'Absent' });
    if (sameState(found, state)) return [];
    if (state.kind !== 'File') return [{ kind: 'Remove', path }];
    return [{ kind: 'Write', path, state, existed: found.kind === 'File' }];
  });
  steps.sort((a, b) => Number(isUnitFile(a.path)) - Number(isUnitFile(b.path)) || (a.path < b.path ? -1 : 1));
  const written = steps.flatMap(({ kind, path }) => (kind === 'Write' ? [path] : []));
  const makesRoom = ({ kind, path }: FileStep) => kind === 'Remove' && written.some((one) => excludeEachOther(one, path));
  const directories = written.flatMap((path) => observed.directories?.get(path)?.made ?? []);
  return [
    ...steps.filter(makesRoom),
    ...directories.map((path) => ({ kind: 'RemoveDirectory', path }) as const),
    ...steps.filter((step) => !makesRoom(step)),
  ];
}
