/** Finds the unit files of others that would keep our unit from starting the desired kubelet. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Revision } from '../../render/revision.ts';
import { dropInName } from '../../render/unit.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import { dropInDirectory, unitPath } from '../../systemd/load-path.ts';
import { clearsExecStart, setsExecStart } from '../../systemd/unit-text.ts';
import type { DropIn, Observed } from '../model/observed.ts';
import type { RecordedState } from '../model/record.ts';
import type { TargetState } from '../model/target.ts';

/**
 * The problems of a rendered revision with the unit files on the host. They are found before anything is
 * touched: otherwise systemd would start another command than the objects ask for, and report success.
 */
export function unitConflicts({ files, unit }: Revision, goal: TargetState, observed: Observed): Problem[] {
  const replaces = files.some((file) => file.path === unitPath(unit.name));
  if (!replaces && !staysThere(unit.name, goal, observed)) {
    const reason = `this node has no ${unit.name} for a drop-in to change, or would have none after this change`;
    return [unitProblem(['spec', 'unit', 'mode'], reason, 'use mode: Replace, or install the unit first')];
  }
  return conflictingDropIns(goal, observed);
}

/** The unit files that are ours, with those that we remove. */
interface OurFiles {
  readonly files: readonly { readonly path: string; readonly state: Pick<RecordedState, 'kind'> }[];
  readonly unit: { readonly name: string };
}

type DropInsSeen = Pick<Observed, 'dropIns' | 'hiddenDropIns'>;

/** An error for each drop-in of others that overrides our ExecStart. Their other drop-ins are allowed. */
export function conflictingDropIns({ files, unit }: OurFiles, observed: DropInsSeen): Problem[] {
  const replaces = files.some(({ path, state }) => path === unitPath(unit.name) && state.kind === 'File');
  return othersAfterwards(files, unit.name, observed)
    .filter(({ path, content }) => {
      const comesLater = replaces || lastNameOf(path) > dropInName;
      return comesLater && (setsExecStart(content) || clearsExecStart(content));
    })
    .map(({ path }) => {
      const reason = `${path} sets ExecStart after our unit does, so systemd would start its command instead of ours`;
      const remedy = replaces
        ? 'remove that drop-in, or use mode: DropIn, which comes after it'
        : 'remove that drop-in, or give it a name that sorts before 50-kubelet-config.conf';
      return unitProblem(['spec', 'unit', 'mode'], reason, remedy);
    });
}

/**
 * The drop-ins of others that systemd reads after the change. It reads one file of a name, and our directory
 * comes first: a file of ours hides theirs, and theirs comes back when ours goes.
 */
function othersAfterwards(files: OurFiles['files'], unit: string, observed: DropInsSeen): DropIn[] {
  const ours = files.filter(({ path }) => path.startsWith(`${dropInDirectory(unit)}/`));
  const names = (kind: 'File' | 'Absent') => ours.filter(({ state }) => state.kind === kind).map(({ path }) => lastNameOf(path));
  const [hiding, removed] = [names('File'), names('Absent')];
  const back = removed.flatMap((name) => (observed.hiddenDropIns ?? []).find(({ path }) => lastNameOf(path) === name) ?? []);
  const paths = files.map(({ path }) => path);
  return [...observed.dropIns, ...back].filter(({ path }) => !paths.includes(path) && !hiding.includes(lastNameOf(path)));
}

/** True if a unit file is left for a drop-in to change: in /etc after this change, or outside /etc. */
function staysThere(unit: string, goal: TargetState, observed: Observed): boolean {
  const path = unitPath(unit);
  const after = goal.files.find((file) => file.path === path)?.state ?? observed.files.get(path);
  return observed.vendorUnit || (after !== undefined && after.kind !== 'Absent');
}

/** An error about the unit. */
export function unitProblem(path: Problem['path'], reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'UnitInvalid', path, reason, remedy };
}
