/**
 * A revision: every file that we manage on a host, and the state of its unit. Its id is a hash of exactly
 * that.
 */

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
  /** `enabled` is absent if that is left as it is. */
  readonly unit: { readonly name: string; readonly enabled?: boolean };
}

/**
 * The origin of a revision (docs/decisions/0003). While the inputs stay the same, the committed revision
 * stays the desired one, even if a newer renderer would make another of them.
 */
export interface Inputs {
  readonly id: string;
  /** The `renderingVersion` of the agent that rendered it. */
  readonly rendering: number;
  /** Hash of the effective spec. */
  readonly effective: string;
  /** The capabilities that rendering read. */
  readonly capabilities: Readonly<Record<string, boolean | number | string | null>>;
  readonly objects: readonly ObjectReference[];
}

/**
 * Everything that is known of a revision besides its files. `render` makes it once; the record of the
 * transaction stores all of it.
 */
export interface RevisionTraits {
  /** Null if the node goes back to its originals. */
  readonly inputs: Inputs | null;
  /** Paths whose files stay when no object wants them any more. */
  readonly orphans: readonly string[];
  /**
   * Paths of the extra files of the objects. Which program reads them, and when, is not known. Undefined in
   * older records.
   */
  readonly extras: readonly string[] | undefined;
  /** Whether drift is repaired or only reported. */
  readonly drift: 'Repair' | 'Report';
  /**
   * Where the kubelet of this revision answers for its health; undefined if it does not, or if that is not
   * known.
   */
  readonly healthz: HealthzEndpoint | undefined;
  /** The settings that the kubelet's state files must fit. */
  readonly policyStates: readonly PolicyState[];
  /** The time that the kubelet has to prove itself; undefined in older records. */
  readonly health: { readonly timeoutSeconds: number; readonly minReadySeconds: number } | undefined;
  /**
   * Files of the node's own that decide how its kubelet is started and configured; a change of one may ask
   * for another revision. A path with a slash at its end stands for every file in that directory. Absent
   * if the launcher does not build on them.
   */
  readonly nodeFiles?: readonly string[];
  /** The version of its kubelet as far as the object says it; absent if it does not. */
  readonly kubeletVersion?: string;
}

/** A revision that `render` made, with what is known of it. */
export interface RenderedRevision {
  readonly revision: Revision;
  readonly traits: RevisionTraits & { readonly inputs: Inputs };
}

/**
 * Add 1 if a change of the renderer must reach every node at once: this costs one restart on each. Otherwise
 * a newer rendering waits for the next change of the objects.
 */
export const renderingVersion = 1;

/** The files sorted, with the id of the whole. */
export function revisionOf(files: readonly ManagedFile[], unit: Revision['unit']): Revision {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { id: contentId({ files: sorted, unit }), files: sorted, unit };
}

/**
 * The inputs with their id and the version of this renderer. The generation of an object is no part of the
 * id: a rollout that is paused and goes on would else make new inputs of it, and a failure be forgotten.
 */
export function inputsOf(parts: Omit<Inputs, 'id' | 'rendering'>): Inputs {
  const known = { rendering: renderingVersion, ...parts };
  const objects = parts.objects.map(({ generation, ...one }) => (one.content === undefined ? { ...one, generation } : one));
  return { id: contentId({ ...known, objects }), ...known };
}

/** The traits of a node that has no file of ours. */
export const unmanaged: RevisionTraits = {
  inputs: null,
  orphans: [],
  extras: [],
  drift: 'Repair',
  healthz: undefined,
  policyStates: [],
  health: undefined,
};
