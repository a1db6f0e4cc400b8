/**
 * Whether a person holds the kubelet's unit (stopped, disabled or masked it), or the kubelet is down by
 * itself. Pure.
 */

import type { Problem } from '../../api/problem.ts';
import { unitPath } from '../../systemd/load-path.ts';
import { describeUnitEnd } from '../../systemd/unit-end.ts';
import type { Observed } from '../model/observed.ts';
import type { TransactionRecord } from '../model/record.ts';

/** How a person holds the unit. */
export type HeldUnit = 'Masked' | 'Disabled' | 'Stopped';

/**
 * How a person holds the committed unit; undefined if it is not held. A unit that failed by itself does not
 * count as stopped, and neither does one that systemd did not start because a condition was not met, or one
 * that has not run since the boot: something that it needs was missing.
 */
export function heldBy({ revision, unit }: TransactionRecord, observed: Observed): HeldUnit | undefined {
  if (revision === null || !observed.systemdRuns) return undefined;
  const { activeState, unitFileState, hasJob, unmet } = observed.unit;
  if (isMasked(unit.name, observed)) return 'Masked';
  if (unit.after.enabled && unitFileState === 'disabled') return 'Disabled';
  return unit.after.active && activeState === 'inactive' && !hasJob && hasRun(observed) && !unmet ? 'Stopped' : undefined;
}

/** True if the unit has run in this boot. */
function hasRun({ unit: { activeSince } }: Observed): boolean {
  return activeSince > 0;
}

/**
 * systemd counts an empty unit file as masked too, but that is drift: a person masks with `systemctl mask`.
 */
function isMasked(unit: string, observed: Observed): boolean {
  const path = unitPath(unit);
  if (isMaskedByLink(path, observed)) return true;
  return observed.unit.unitFileState.startsWith('masked') && observed.files.get(path)?.kind !== 'File';
}

/** True if the path is a link to /dev/null, as `systemctl mask` makes it. */
export function isMaskedByLink(path: string, { files }: Observed): boolean {
  const found = files.get(path);
  return found?.kind === 'Symlink' && found.target === '/dev/null';
}

/** The problem to report while a person holds the unit. */
export function unitHeldProblem(unit: string, held: HeldUnit): Problem {
  const { reason, remedy } = words[held];
  return {
    severity: 'error',
    code: 'UnitHeld',
    path: [],
    reason: `a person has ${reason} ${unit}, so it is not started`,
    remedy: `to let it run again: \`systemctl ${remedy} ${unit}\``,
  };
}

const words: Readonly<Record<HeldUnit, { readonly reason: string; readonly remedy: string }>> = {
  Masked: { reason: 'masked', remedy: 'unmask' },
  Disabled: { reason: 'disabled', remedy: 'enable' },
  Stopped: { reason: 'stopped', remedy: 'start' },
};

/**
 * The problem to report if a committed kubelet does not run; undefined if it does. It is not rolled back,
 * because the cause may lie elsewhere, and an older revision need not help.
 */
export function kubeletDown({ revision, unit }: TransactionRecord, observed: Observed): Problem | undefined {
  const { activeState, subState, result, hasJob, unmet } = observed.unit;
  const isSkipped = observed.systemdRuns && activeState === 'inactive' && unmet !== undefined;
  const neverRan = observed.systemdRuns && activeState === 'inactive' && !hasRun(observed);
  const isDown = activeState === 'failed' || subState === 'auto-restart' || neverRan || isSkipped;
  if (revision === null || !unit.after.active || !isDown || hasJob) return undefined;
  const proved = `${unit.name} was proved with this revision but`;
  const down = { severity: 'error', code: 'KubeletDown', path: [] } as const;
  if (isSkipped) {
    const which = unmet.length > 0 ? `: ${unmet.join(', ')}` : '';
    return {
      ...down,
      reason: `${proved} systemd did not start it, because a condition of the unit is not met${which}`,
      remedy: `change the node so that it is met, then \`systemctl start ${unit.name}\`; or change the objects; a committed revision is not undone`,
    };
  }
  return {
    ...down,
    reason: `${proved} ${neverRan ? 'has not run since the boot' : `does not run any more: ${describeUnitEnd({ result })}`}`,
    remedy: `read \`journalctl --unit ${unit.name}\` and correct what it reports, or change the objects; a committed revision is not undone`,
  };
}
