/** Finds the unit files of others that would keep our unit from starting the desired kubelet. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Revision } from '../../render/revision.ts';
import { lastDropInName, ownDropIns } from '../../render/unit.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import { dropInDirectory, unitPath } from '../../systemd/load-path.ts';
import { clearsExecStart, setsExecStart, valuesOf } from '../../systemd/unit-text.ts';
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
  const own = ownDropIns.find((name) =>
    files.some(({ path, state }) => path === `${dropInDirectory(unit.name)}/${name}` && state.kind === 'File'),
  );
  // The launcher `existing` has no drop-in where a file in the kubelet's own directory says all.
  if (own === undefined && !replaces) return [];
  return othersAfterwards(files, unit.name, observed).flatMap(({ path, content }) => {
    const comesLater = replaces || lastNameOf(path) > (own ?? '');
    const what = comesLater ? overridingOption(content, own) : undefined;
    if (what === undefined) return [];
    const reason = `${path} ${what}`;
    const remedy = replaces
      ? 'remove that drop-in, or use mode: DropIn, which comes after it'
      : `remove that drop-in, or give it a name that sorts before ${own}`;
    return [unitProblem(['spec', 'unit', 'mode'], reason, remedy)];
  });
}

/** How a drop-in that comes after ours would undo what ours says; undefined if it does not. */
function overridingOption(content: string, own: string | undefined): string | undefined {
  if (setsExecStart(content) || clearsExecStart(content))
    return 'sets ExecStart after our unit does, so systemd would start its command instead of ours';
  if (own !== lastDropInName) return undefined;
  if (valuesOf(content, 'Service', 'EnvironmentFile').length > 0)
    return 'sets EnvironmentFile after our drop-in does, so its variables may take the place of ours';
  const unset = valuesOf(content, 'Service', 'UnsetEnvironment').join(' ');
  if (/\bKUBELET_/.test(unset)) return 'takes away variables of the kubelet with UnsetEnvironment after our drop-in has set one';
  return undefined;
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
