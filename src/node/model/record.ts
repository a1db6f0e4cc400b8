/** What a transaction writes down before the first touch, and what is read back by whoever finds it. Shapes on disk: format 1. */

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { PolicyState } from '../../kubelet/policy-states.ts';
import type { RevisionTraits } from '../../render/revision.ts';
import type { FileState } from '../ports/files.ts';

/** A file's state without its bytes, which stand beside the record under `pre/` or `files/` at their host path. */
export type RecordedState =
  | { readonly kind: 'Absent' }
  | { readonly kind: 'File'; readonly mode: number; readonly uid: number; readonly gid: number; readonly sha256: string }
  /** Only ever found, never made: whoever would write here is refused before anything is touched. */
  | { readonly kind: 'Symlink'; readonly target: string };

export interface RecordedFile {
  readonly path: string;
  readonly before: RecordedState;
  readonly after: RecordedState;
}

export interface UnitState {
  readonly enabled: boolean;
  readonly active: boolean;
}

/** What stood on the host before we managed it. The bytes are kept under `originals/` by their hash. */
export interface Originals {
  readonly files: readonly { readonly path: string; readonly state: RecordedState }[];
  readonly unit: UnitState;
  /** What the kubelet's state files said; absent in a record of before. */
  readonly policyStates?: readonly PolicyState[];
}

/** A state file of the kubelet's own: moved aside for this transaction, or not there before it. */
export interface RecordedStateFile {
  readonly path: string;
  readonly before: 'Aside' | 'Absent';
}

export interface TransactionRecord extends RevisionTraits {
  readonly format: 1;
  /** Counts the transactions of this node; the highest committed one is the last known good. */
  readonly sequence: number;
  /** Id of the revision, or null when the node goes back to its originals. */
  readonly revision: string | null;
  readonly files: readonly RecordedFile[];
  readonly originals: Originals;
  readonly unit: {
    readonly name: string;
    readonly before: UnitState;
    /** systemd's id of the run that was there before: still the same one means that the kubelet never felt the transaction. */
    readonly invocationBefore: string;
    readonly after: UnitState;
  };
  /** Where the one before said so when the transaction began: after an undo it must again. */
  readonly healthzBefore?: HealthzEndpoint;
  /** Directories that were made on the way to our files, by this transaction or one before. Absent in records that are older than this field. */
  readonly directories?: readonly string[];
  /** Those that an undo has to look after. */
  readonly stateFiles?: readonly RecordedStateFile[];
  /** When it was begun, RFC 3339. */
  readonly begunAt?: string;
  /** Which try of these inputs it is; absent is the first. */
  readonly attempt?: number;
  /** Id of the boot in which the kubelet still runs with what was before: the restart was left to the next reboot, or to the next apply. */
  readonly restartOwed?: string;
}

export const absent: RecordedState = { kind: 'Absent' };

export function recordedState(state: FileState): RecordedState {
  switch (state.kind) {
    case 'Absent':
      return absent;
    case 'File':
      return { kind: 'File', mode: state.mode, uid: state.uid, gid: state.gid, sha256: sha256(state.content) };
    case 'Symlink':
      return state;
    default:
      return state satisfies never;
  }
}

export function sameState(a: RecordedState, b: RecordedState): boolean {
  return isDeepStrictEqual(a, b);
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
