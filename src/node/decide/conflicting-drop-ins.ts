/** What stands on a host between our unit and the kubelet that it is to start. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { Revision } from '../../render/revision.ts';
import { dropInName } from '../../render/unit.ts';
import { unitPath } from '../../systemd/load-path.ts';
import { setsExecStart } from '../../systemd/unit-text.ts';
import type { Observed } from '../model/observed.ts';
import type { TargetState } from '../model/target.ts';

/** Found before anything is touched: else systemd would start another command than the objects say, and call it a success. */
export function unitConflicts({ files, unit }: Revision, goal: TargetState, observed: Observed): Problem[] {
  const replaces = files.some((file) => file.path === unitPath(unit.name));
  if (!replaces && !staysThere(unit.name, goal, observed)) {
    const reason = `there is no ${unit.name} on this node that a drop-in could change, or none would be left`;
    return [problem(['spec', 'unit', 'mode'], reason, 'use mode: Replace, or install the unit first')];
  }
  return conflictingDropIns(goal, observed);
}

/** Other people's drop-ins are their right, but for one that decides what is started. */
export function conflictingDropIns({ files, unit }: Pick<TargetState, 'files' | 'unit'>, observed: Observed): Problem[] {
  const replaces = files.some(({ path, state }) => path === unitPath(unit.name) && state.kind === 'File');
  // One of ours that goes with this very change is in nobody's way.
  const ours = files.map(({ path }) => path);
  return observed.dropIns
    .filter(
      ({ path, content }) => !ours.includes(path) && setsExecStart(content) && (replaces || (nameOf(path) ?? '') > dropInName),
    )
    .map(({ path }) => {
      const reason = `${path} sets ExecStart after our unit does, so systemd would start that command instead`;
      const remedy = replaces
        ? 'remove that drop-in, or use mode: DropIn, which comes after it'
        : 'remove that drop-in, or give it a name that sorts before 50-kubelet-config.conf';
      return problem(['spec', 'unit', 'mode'], reason, remedy);
    });
}

/** A unit file of somebody else: in /etc after this change, or anywhere else. */
function staysThere(unit: string, goal: TargetState, observed: Observed): boolean {
  const path = unitPath(unit);
  const after = goal.files.find((file) => file.path === path)?.state ?? observed.files.get(path);
  return observed.vendorUnit || (after !== undefined && after.kind !== 'Absent');
}

function nameOf(path: string): string | undefined {
  return /\.service\.d\/([^/]+\.conf)$/.exec(path)?.[1];
}

function problem(path: Problem['path'], reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'UnitInvalid', path, reason, remedy };
}
