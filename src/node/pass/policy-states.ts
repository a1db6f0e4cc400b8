/** Reads the kubelet's own state files. */

import type { FoundState } from '../model/policy-state.ts';
import { type FileState, HostFileError, type HostFiles } from '../ports/files.ts';

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
