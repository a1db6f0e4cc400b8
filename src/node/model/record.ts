/**
 * The record that a transaction writes to disk before it touches anything. Later passes and commands read it
 * back, also those of later builds: these are the shapes of format 1 on disk.
 */

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../../api/problem.ts';
import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { PolicyState } from '../../kubelet/policy-states.ts';
import type { RevisionTraits } from '../../render/revision.ts';
import type { FileState } from '../ports/files.ts';

/**
 * A file's state without its bytes. These are beside the record, under `pre/` or `files/` at their host path.
 */
export type RecordedState =
  | { readonly kind: 'Absent' }
  | { readonly kind: 'File'; readonly mode: number; readonly uid: number; readonly gid: number; readonly sha256: string }
  /**
   * Found on a host, never made. A change that would write to such a path is refused before anything is
   * touched.
   */
  | { readonly kind: 'Symlink'; readonly target: string };

/** One managed file, before and after the transaction. */
export interface RecordedFile {
  readonly path: string;
  readonly before: RecordedState;
  readonly after: RecordedState;
}

/** Whether the kubelet's unit is enabled, and whether it runs. */
export interface UnitState {
  readonly enabled: boolean;
  readonly active: boolean;
}

/** The files and unit of the host before we managed it. The bytes are under `originals/` by their hash. */
export interface Originals {
  readonly files: readonly { readonly path: string; readonly state: RecordedState }[];
  readonly unit: UnitState;
  /** The policies in the kubelet's state files; absent in records of earlier builds. */
  readonly policyStates?: readonly PolicyState[];
}

/**
 * One of the kubelet's own state files: Aside if the transaction moves it away, Absent if it did not exist
 * before.
 */
export interface RecordedStateFile {
  readonly path: string;
  readonly before: 'Aside' | 'Absent';
}

/** The record of one transaction; its JSON on disk has the same fields. */
export interface TransactionRecord extends RevisionTraits {
  readonly format: 1;
  /** Counts the transactions of this node; the highest committed one is the last known good. */
  readonly sequence: number;
  /** Id of the revision, or null if the node goes back to its originals. */
  readonly revision: string | null;
  readonly files: readonly RecordedFile[];
  readonly originals: Originals;
  readonly unit: {
    readonly name: string;
    readonly before: UnitState;
    /**
     * systemd's id of the run before the transaction. While it is the same, the transaction has not touched
     * the running kubelet.
     */
    readonly invocationBefore: string;
    readonly after: UnitState;
  };
  /** Where the kubelet before the transaction answered healthy; it must do so again after an undo. */
  readonly healthzBefore?: HealthzEndpoint;
  /**
   * Directories that this or an earlier transaction made on the way to our files. Absent in records of
   * earlier builds.
   */
  readonly directories?: readonly string[];
  /**
   * Directories of ours that the transaction removes, because a file takes the place of one; an undo makes
   * them again.
   */
  readonly removedDirectories?: readonly string[];
  /** The state files that an undo has to bring back or to remove. */
  readonly stateFiles?: readonly RecordedStateFile[];
  /** When the transaction began, RFC 3339. */
  readonly begunAt?: string;
  /**
   * The id of the approved request that was claimed for it. Absent if no controller approved it, and in
   * records of earlier builds.
   */
  readonly request?: string;
  /** Warnings that came with the change; absent in records of earlier builds. */
  readonly warnings?: readonly Problem[];
  /** What the change does to the settings of the kubelet, in words; absent in records of earlier builds. */
  readonly settings?: readonly string[];
  /** Which try of these inputs it is; absent means the first. */
  readonly attempt?: number;
  /**
   * Set while a restart is pending: the id of the boot in which the kubelet still runs with the files from
   * before. The next reboot or the next apply restarts it.
   */
  readonly restartOwed?: string;
}

/**
 * The files of a record that its revision manages. Others in it are originals that came back with it, and no
 * longer ours.
 */
export function managedFiles(record: TransactionRecord | undefined): RecordedFile[] {
  if (!record?.revision) return [];
  const { files, originals } = record;
  return files.filter(({ path, after }) => after.kind === 'File' && originals.files.some((file) => file.path === path));
}

/** The state of a path at which nothing exists. */
export const absent: RecordedState = { kind: 'Absent' };

/** The state of a file as a record keeps it: the hash instead of the bytes. */
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

/** True if both states have the same kind and bytes, mode and owner, or link target. */
export function sameState(a: RecordedState, b: RecordedState): boolean {
  return isDeepStrictEqual(a, b);
}

/** The SHA-256 of some bytes, in lower-case hexadecimal digits. */
export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
