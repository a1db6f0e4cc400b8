/**
 * A Node that registers anew gets another uid, and its labels may follow later. For two minutes, an object
 * that does not select the new Node is not withdrawn from it (design F9). It reads no clock and no file.
 */

import type { KubeletConfig } from '../../api/types.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import type { NodeSeen } from '../../node/model/cluster-view.ts';

/** Milliseconds. */
export const settleWithin = 120_000;

/** What the API server shows of one node at one moment. */
export interface Sighting {
  readonly node: NodeSeen;
  readonly kubeletConfigs: readonly KubeletConfig[];
  /** The objects that select the node now. */
  readonly selected: readonly KubeletConfig[];
  /** An agent has reported for this very Node before. */
  readonly isReported: boolean;
}

export interface Now {
  /** Milliseconds, monotonic. */
  readonly monotonic: number;
  /** Milliseconds since 1970, by the clock of the machine. */
  readonly date: number;
}

/** What is known of the Node with one uid. */
interface Known {
  readonly uid: string;
  readonly since: number;
  readonly isNew: boolean;
  /** Uids of objects that have selected it: what selects it no longer was withdrawn by a person. */
  readonly selectedBefore: Set<string>;
}

export class NewNode {
  #known: Known | undefined;

  /** Call it at every look at the API server. */
  see({ node, selected, isReported }: Sighting, now: Now): void {
    if (this.#known?.uid !== node.uid) {
      const isNew = this.#known !== undefined || !isReported || isYoung(node, now.date);
      this.#known = { uid: node.uid, since: now.monotonic, isNew, selectedBefore: new Set() };
    }
    for (const { metadata } of selected) this.#known.selectedBefore.add(metadata.uid ?? '');
  }

  /**
   * The names of the objects that the node runs, that still exist, and that do not select the new Node yet.
   * @param runs the objects of the committed revision
   */
  missing({ kubeletConfigs }: Sighting, runs: readonly ObjectReference[], now: Now): string[] {
    const known = this.#known;
    if (!known || this.remaining(now) === 0) return [];
    const isThere = (uid: string) =>
      kubeletConfigs.some(({ metadata }) => metadata.uid === uid && metadata.deletionTimestamp === undefined);
    return runs.filter(({ uid }) => !known.selectedBefore.has(uid) && isThere(uid)).map(({ name }) => name);
  }

  /** Milliseconds until the Node counts as settled; 0 if it does. */
  remaining({ monotonic }: Now): number {
    if (!this.#known?.isNew) return 0;
    return Math.max(0, this.#known.since + settleWithin - monotonic);
  }
}

/** A time in the future says that the two clocks differ, so the age is not known. */
function isYoung({ createdAt }: NodeSeen, date: number): boolean {
  return createdAt === undefined ? false : date - Date.parse(createdAt) < settleWithin;
}
