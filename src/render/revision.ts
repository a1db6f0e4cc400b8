/** A revision: every file we manage on a host and what its unit should be. Its id is a hash of exactly that. */

import { contentId } from '../api/json.ts';
import type { ObjectReference } from '../desired/effective.ts';

export interface ManagedFile {
  /** Absolute, as the host sees it. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: string;
}

export interface Revision {
  readonly id: string;
  /** Sorted by path. */
  readonly files: readonly ManagedFile[];
  readonly unit: { readonly name: string; readonly enabled: boolean };
}

/**
 * What a revision was made from (design N3a). While it is the same, the committed revision stays the desired one, whatever today's
 * renderer would make of it.
 */
export interface Inputs {
  readonly id: string;
  /** `renderingVersion` of the renderer. */
  readonly rendering: number;
  /** Hash of the effective spec. */
  readonly effective: string;
  /** The capabilities that rendering really read. */
  readonly capabilities: Readonly<Record<string, boolean | number | null>>;
  readonly objects: readonly ObjectReference[];
}

/** Bump when a change of the renderer must reach every node, at the price of one restart each. Otherwise a newer rendering waits for the next real change. */
export const renderingVersion = 1;

export function revisionOf(files: readonly ManagedFile[], unit: Revision['unit']): Revision {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { id: contentId({ files: sorted, unit }), files: sorted, unit };
}

export function inputsOf(parts: Omit<Inputs, 'id' | 'rendering'>): Inputs {
  const known = { rendering: renderingVersion, ...parts };
  return { id: contentId(known), ...known };
}

/** Only unit files and drop-ins need a `daemon-reload`; it is the dearest step of a change. */
export function isUnitFile(path: string): boolean {
  return path.startsWith('/etc/systemd/system/');
}
