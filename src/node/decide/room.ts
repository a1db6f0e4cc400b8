/**
 * Whether there is room for the files of a target: something that stays may stand where one of them needs a
 * directory, or a directory may stand where one is to be. Pure.
 */

import { excludeEachOther } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import type { Situation } from '../model/action.ts';
import { managedFiles } from '../model/record.ts';
import type { Target } from '../model/target.ts';

/**
 * An error for each file of the target that has no room.
 *
 * @returns empty if all that is in the way goes with the change, and an undo can bring it back
 */
export function roomProblems(target: Target, { journal: { committed }, observed }: Situation): Problem[] {
  const written = target.files.filter(({ state }) => state.kind === 'File').map(({ path }) => path);
  const isThere = (path: string) => (observed.files.get(path)?.kind ?? 'Absent') !== 'Absent';
  const managed = managedFiles(committed).map(({ path }) => path);
  const staying = managed.filter((path) => !target.files.some((file) => file.path === path) && isThere(path));
  return written.flatMap((path) => {
    const others = observed.directories?.get(path)?.others ?? [];
    const back = written.find((one) => one < path && excludeEachOther(one, path));
    const stays = staying.find((one) => excludeEachOther(one, path));
    if (others.length > 0) return notOurs(path, others);
    if (stays !== undefined) return keptInTheWay(path, stays, target.foreign.includes(stays));
    return back === undefined ? [] : originalInTheWay(path, back);
  });
}

const shown = 3;

function notOurs(path: string, others: readonly string[]): Problem {
  const more = others.length > shown ? ` and ${others.length - shown} more` : '';
  const named = others.slice(0, shown).join(', ') + more;
  if (others.includes(path)) {
    const reason = `cannot write ${path}: a directory stands there that kubelet-config has not made`;
    return inTheWay(reason, 'choose another path, or move the directory away');
  }
  const reason = `cannot write ${path}: a directory stands there with files that kubelet-config has not written: ${named}`;
  return inTheWay(reason, `move ${named} away, or choose another path`);
}

function keptInTheWay(path: string, stays: string, isForeign: boolean): Problem {
  const why = isForeign
    ? 'was changed on this host after kubelet-config wrote it, so it is not removed'
    : 'stays, because its object says `deletionPolicy: Orphan`';
  return inTheWay(`cannot write ${path}: ${stays} is in the way and ${why}`, `move ${stays} away, or choose another path`);
}

function originalInTheWay(path: string, back: string): Problem {
  const reason = `cannot write ${path}: the file that was at ${back} before kubelet-config comes back with this change`;
  const remedy = `choose another path; or withdraw the objects, move ${back} away, and apply them again`;
  return inTheWay(reason, remedy);
}

function inTheWay(reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'PathInTheWay', path: [], reason, remedy };
}
