/** Which of the kubelet's own state files must be out of its way when it starts with other settings. Pure. */

import type { Problem } from '../api/problem.ts';
import type { PolicyState } from '../render/kubelet/policy-states.ts';
import { type FileState, HostFileError, type HostFiles } from './host.ts';
import type { Step } from './plan.ts';
import type { RecordedStateFile } from './record.ts';

export type FoundState =
  | { readonly kind: 'Absent' }
  /** Without a policy where it names none: torn, or of a kubelet that we do not know. */
  | { readonly kind: 'File'; readonly policy?: string }
  /** A symlink, a directory, or what cannot be read. */
  | { readonly kind: 'Other' };

/** The name under which one is kept until the change is committed or undone. `undo/script.ts` has it too. */
export function asideOf(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}.${path.slice(slash)}.kubelet-config-aside`;
}

export async function readPolicyState(files: HostFiles, path: string): Promise<FoundState> {
  try {
    return foundState(await files.read(path));
  } catch (error) {
    // Of interest only if it should be in the way.
    if (error instanceof HostFileError) return { kind: 'Other' };
    throw error;
  }
}

function foundState(state: FileState): FoundState {
  switch (state.kind) {
    case 'Absent':
      return state;
    case 'Symlink':
      return { kind: 'Other' };
    case 'File': {
      const policy = policyIn(state.content.toString());
      return { kind: 'File', ...(policy === undefined ? {} : { policy }) };
    }
    default:
      return state satisfies never;
  }
}

/** Every version of the file has it at the same place. */
function policyIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isNamed = typeof value === 'object' && value !== null && 'policyName' in value;
    return isNamed && typeof value.policyName === 'string' && value.policyName !== '' ? value.policyName : undefined;
  } catch {
    return undefined;
  }
}

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
