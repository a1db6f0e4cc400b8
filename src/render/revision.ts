/** A revision: every file we manage on a host and what its unit should be. Its id is a hash of exactly that. */

import { contentId } from '../api/json.ts';
import type { ObjectReference } from '../desired/effective.ts';
import type { HealthzEndpoint } from '../kubelet/healthz.ts';
import type { PolicyState } from '../kubelet/policy-states.ts';

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

/**
 * What is known of a revision beside its files: made once by `render`, carried whole, stored whole in the record of
 * the transaction that brought it.
 */
export interface RevisionTraits {
  /** What it was made from; null where the node goes back to its originals. */
  readonly inputs: Inputs | null;
  /** Paths whose files stay when no object wants them any more. */
  readonly orphans: readonly string[];
  /** Paths of the files that objects bring themselves: which program reads them, and when, is not known. Undefined in older records. */
  readonly extras: readonly string[] | undefined;
  /** What to do about drift. */
  readonly drift: 'Repair' | 'Report';
  /** Where the kubelet of this revision answers for its health; undefined where it does not answer, or where that is not known. */
  readonly healthz: HealthzEndpoint | undefined;
  /** The settings that the kubelet's state files must fit. */
  readonly policyStates: readonly PolicyState[];
  /** The time that the kubelet has to prove itself; undefined in older records. */
  readonly health: { readonly timeoutSeconds: number; readonly minReadySeconds: number } | undefined;
}

/** What `render` makes: the files and the unit, and what is known of them. */
export interface RenderedRevision {
  readonly revision: Revision;
  readonly traits: RevisionTraits & { readonly inputs: Inputs };
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

/** The traits of a node on which nothing is ours. */
export const unmanaged: RevisionTraits = {
  inputs: null,
  orphans: [],
  extras: [],
  drift: 'Repair',
  healthz: undefined,
  policyStates: [],
  health: undefined,
};
