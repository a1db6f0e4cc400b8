/** Which of the kubelet's own state files must be moved away before it starts with other settings. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { PolicyState } from '../../kubelet/policy-states.ts';
import type { FoundState } from '../model/policy-state.ts';
import type { RecordedStateFile } from '../model/record.ts';
import type { Step } from '../model/step.ts';

/**
 * The policies before we managed the node; null if there was no file. When the originals come back, their
 * kubelet must find a state file of the same policy, or none.
 */
export function originalStates(desired: readonly PolicyState[], found: ReadonlyMap<string, FoundState>): PolicyState[] {
  return desired.map(({ path }) => {
    const state = found.get(path);
    if (state?.kind === 'Absent') return { path, policy: null };
    return { path, ...(state?.kind === 'File' && state.policy !== undefined ? { policy: state.policy } : {}) };
  });
}

/**
 * The state files that a transaction has to record. Aside: the kubelet would refuse to start with the file.
 * Absent: the kubelet will make the file, and an undo has to remove it, because the earlier kubelet would
 * refuse to start with it. If the settings of one side are unknown, only the name of the policy is compared.
 */
export function stateFiles(
  desired: readonly PolicyState[],
  before: readonly PolicyState[],
  found: ReadonlyMap<string, FoundState>,
): RecordedStateFile[] {
  return desired.flatMap((state): RecordedStateFile[] => {
    const { path } = state;
    const last = before.find((one) => one.path === path);
    const file = found.get(path);
    if (file === undefined || state.policy === undefined) return [];
    if (file.kind === 'Absent') return settingsDiffer(state, last) === 'No' ? [] : [{ path, before: 'Absent' }];
    return isInTheWay(state, last, file) ? [{ path, before: 'Aside' }] : [];
  });
}

function isInTheWay(
  desired: PolicyState,
  before: PolicyState | undefined,
  found: Exclude<FoundState, { kind: 'Absent' }>,
): boolean {
  if (desired.policy === null) return true;
  const policy = found.kind === 'File' ? found.policy : undefined;
  return (policy !== undefined && policy !== desired.policy) || settingsDiffer(desired, before) === 'Yes';
}

function settingsDiffer(desired: PolicyState, before: PolicyState | undefined): 'Yes' | 'No' | 'Unknown' {
  if (desired.settings === undefined || before?.settings === undefined) return 'Unknown';
  return desired.settings === before.settings ? 'No' : 'Yes';
}

/**
 * The problems with state files that stay in the way of the kubelet. They are found before anything is
 * touched: without a restart the files are not moved away, and the kubelet would refuse to start later, at
 * the next boot for example.
 */
export function statesInTheWay(
  states: readonly RecordedStateFile[],
  found: ReadonlyMap<string, FoundState>,
  steps: readonly Step[],
): Problem[] {
  const aside = states.filter(({ before }) => before === 'Aside');
  const startsNow = steps.some(({ kind }) => kind === 'Restart');
  const startsLater = !startsNow && steps.some(({ kind }) => kind === 'Write' || kind === 'Remove');
  if (startsLater) {
    const remedy = 'apply without --no-restart; in the root of a machine that does not run, remove the file';
    return aside.map(({ path }) =>
      problem(`the kubelet will not start with these settings while ${path} holds the state of the earlier ones`, remedy),
    );
  }
  if (!startsNow) return [];
  return aside
    .filter(({ path }) => found.get(path)?.kind === 'Other')
    .map(({ path }) =>
      problem(`${path} must be moved away before the kubelet starts, but it is not a regular file`, 'remove it'),
    );
}

function problem(reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'PolicyStateInTheWay', path: [], reason, remedy };
}
