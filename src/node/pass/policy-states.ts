/** Reads the kubelet's own state files. */

import type { FoundState } from '../model/policy-state.ts';
import { type FileState, HostFileError, type HostFiles } from '../ports/files.ts';

/**
 * Reads the policy that one of the kubelet's state files names.
 *
 * @param path `/var/lib/kubelet/cpu_manager_state`, or that of the memory manager
 * @returns Other for a symlink, or if the path cannot be read; no `policy` if the file names none
 */
export async function readPolicyState(files: HostFiles, path: string): Promise<FoundState> {
  try {
    return foundState(await files.read(path));
  } catch (error) {
    // This is an error only if the file conflicts with the desired policy; that is decided later.
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

/** The policy has the same key in every version of the file. */
function policyIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isNamed = typeof value === 'object' && value !== null && 'policyName' in value;
    return isNamed && typeof value.policyName === 'string' && value.policyName !== '' ? value.policyName : undefined;
  } catch {
    return undefined;
  }
}
