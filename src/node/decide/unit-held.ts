/** Whether a person has taken the kubelet's unit into their own hands, or it has failed by itself. Pure. */

import type { Problem } from '../../api/problem.ts';
import { unitPath } from '../../systemd/load-path.ts';
import type { Observed } from '../model/observed.ts';
import type { TransactionRecord } from '../model/record.ts';

export type HeldUnit = 'Masked' | 'Disabled' | 'Stopped';

/** Of a unit that we committed as enabled and running. What failed by itself was stopped by nobody. */
export function heldBy({ revision, unit }: TransactionRecord, observed: Observed): HeldUnit | undefined {
  if (revision === null || !observed.systemdRuns) return undefined;
  const { activeState, unitFileState, hasJob } = observed.unit;
  if (isMasked(unit.name, observed)) return 'Masked';
  if (unit.after.enabled && unitFileState === 'disabled') return 'Disabled';
  return unit.after.active && activeState === 'inactive' && !hasJob && hasRun(observed) ? 'Stopped' : undefined;
}

/** In this boot. What never ran was not stopped: something that it needs was not there. */
function hasRun({ unit: { activeSince } }: Observed): boolean {
  return activeSince > 0;
}

/** An emptied unit file counts as masked for systemd, but nobody masks like that: it is drift like any other. */
function isMasked(unit: string, observed: Observed): boolean {
  const path = unitPath(unit);
  if (isMaskedByLink(path, observed)) return true;
  return observed.unit.unitFileState.startsWith('masked') && observed.files.get(path)?.kind !== 'File';
}

export function isMaskedByLink(path: string, { files }: Observed): boolean {
  const found = files.get(path);
  return found?.kind === 'Symlink' && found.target === '/dev/null';
}

export function unitHeldProblem(unit: string, held: HeldUnit): Problem {
  const { reason, remedy } = words[held];
  return {
    severity: 'error',
    code: 'UnitHeld',
    path: [],
    reason: `somebody has ${reason} ${unit}, so it is left alone`,
    remedy: `when it may run again: \`systemctl ${remedy} ${unit}\``,
  };
}

const words: Readonly<Record<HeldUnit, { readonly reason: string; readonly remedy: string }>> = {
  Masked: { reason: 'masked', remedy: 'unmask' },
  Disabled: { reason: 'disabled', remedy: 'enable' },
  Stopped: { reason: 'stopped', remedy: 'start' },
};

/** What was proved once and is bad now is told, and never undone: a new change may cure it, an older revision need not. */
export function kubeletDown({ revision, unit }: TransactionRecord, observed: Observed): Problem | undefined {
  const { activeState, subState, result, hasJob } = observed.unit;
  const neverRan = observed.systemdRuns && activeState === 'inactive' && !hasRun(observed);
  const isDown = activeState === 'failed' || subState === 'auto-restart' || neverRan;
  if (revision === null || !unit.after.active || !isDown || hasJob) return undefined;
  return {
    severity: 'error',
    code: 'KubeletDown',
    path: [],
    reason: `${unit.name} was proved with this revision and does not run ${neverRan ? 'since the boot' : `any more (${result})`}`,
    remedy: `see \`journalctl --unit ${unit.name}\`; nothing is undone by itself: correct what it complains of, or change the objects`,
  };
}
