/** Which of the kubelet's own state files must be out of its way when it starts with other settings. Pure. */

import type { Problem } from '../../api/problem.ts';
import type { PolicyState } from '../../kubelet/policy-states.ts';
import type { FoundState } from '../model/policy-state.ts';
import type { RecordedStateFile } from '../model/record.ts';
import type { Step } from '../model/step.ts';

/** What was there before us: going back, the kubelet of the node must find a file of the same policy, or none. */
export function originalStates(wanted: readonly PolicyState[], found: ReadonlyMap<string, FoundState>): PolicyState[] {
  return wanted.map(({ path }) => {
    const state = found.get(path);
    if (state?.kind === 'Absent') return { path, policy: null };
    return { path, ...(state?.kind === 'File' && state.policy !== undefined ? { policy: state.policy } : {}) };
  });
}

/**
 * The files that matter to a kubelet that starts with what is wanted: those that it would not start over, and those that are not there, for one that it
 * makes would be in the way of the kubelet before. Where the settings of one side are not known, the name of the policy alone decides.
 */
export function stateFiles(
  wanted: readonly PolicyState[],
  before: readonly PolicyState[],
  found: ReadonlyMap<string, FoundState>,
): RecordedStateFile[] {
  return wanted.flatMap((state): RecordedStateFile[] => {
    const { path } = state;
    const last = before.find((one) => one.path === path);
    const there = found.get(path);
    if (there === undefined || state.policy === undefined) return [];
    if (there.kind === 'Absent') return isOtherwise(state, last) === 'No' ? [] : [{ path, before: 'Absent' }];
    return isInTheWay(state, last, there) ? [{ path, before: 'Aside' }] : [];
  });
}

function isInTheWay(
  wanted: PolicyState,
  before: PolicyState | undefined,
  found: Exclude<FoundState, { kind: 'Absent' }>,
): boolean {
  if (wanted.policy === null) return true;
  const policy = found.kind === 'File' ? found.policy : undefined;
  return (policy !== undefined && policy !== wanted.policy) || isOtherwise(wanted, before) === 'Yes';
}

function isOtherwise(wanted: PolicyState, before: PolicyState | undefined): 'Yes' | 'No' | 'Unknown' {
  if (wanted.settings === undefined || before?.settings === undefined) return 'Unknown';
  return wanted.settings === before.settings ? 'No' : 'Yes';
}

/** Found before anything is touched: a kubelet that starts later, by itself or at the next boot, would not start over its old state. */
export function statesInTheWay(
  states: readonly RecordedStateFile[],
  found: ReadonlyMap<string, FoundState>,
  steps: readonly Step[],
): Problem[] {
  const aside = states.filter(({ before }) => before === 'Aside');
  const startsNow = steps.some(({ kind }) => kind === 'Restart');
  const startsLater = !startsNow && steps.some(({ kind }) => kind === 'Write' || kind === 'Remove');
  if (startsLater) {
    const remedy = 'apply without --no-restart; on a machine that does not run, remove the file';
    return aside.map(({ path }) => problem(`the kubelet does not start over ${path} with these settings`, remedy));
  }
  if (!startsNow) return [];
  return aside
    .filter(({ path }) => found.get(path)?.kind === 'Other')
    .map(({ path }) => problem(`${path} has to be moved out of the kubelet's way and is no regular file`, 'remove it'));
}

function problem(reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'PolicyStateInTheWay', path: [], reason, remedy };
}
