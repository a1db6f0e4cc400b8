/** What the node should have, and the source's answer that it was made from. */

import type { Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { Effective } from '../../desired/effective.ts';
import type { Fetch } from '../../render/render.ts';
import type { RenderedRevision } from '../../render/revision.ts';
import type { Health } from './health.ts';
import type { TransactionRecord } from './record.ts';

/** What a source of objects answers, at one moment. */
export type SourceAnswer =
  | {
      readonly kind: 'Answers';
      readonly objects: readonly KubeletConfig[];
      /** Gives problems of later stages their place in the files. */
      readonly located?: (problems: readonly Problem[]) => Problem[];
    }
  /** The source is lost or its objects are invalid: nothing may be concluded from it (design N8). */
  | { readonly kind: 'Unknown'; readonly problems: readonly Problem[] };

/** What the objects, the node's labels and the host's facts ask of this node. */
export type DesiredRevision =
  /** Rendered just now, from inputs that differ from those of the committed revision. */
  | ({ readonly kind: 'Rendered' } & RenderedRevision)
  /**
   * The inputs are those of the committed revision. It stays as it is, whatever today's renderer would make of them
   * (design N3a).
   */
  | { readonly kind: 'Committed'; readonly drift: 'Repair' | 'Report' }
  /** A person has gone back to this revision. The problems say so, and what keeps the source from answering. */
  | { readonly kind: 'Pinned'; readonly record: TransactionRecord; readonly problems: readonly Problem[] }
  /** The source answers, and no object selects this node. */
  | { readonly kind: 'Originals' }
  /**
   * Not known: the source is lost, objects are invalid or in conflict, or rendering refused. Absence of evidence is no
   * withdrawal (design N8).
   */
  | { readonly kind: 'Unknown'; readonly problems: readonly Problem[] };

export interface DesiredState {
  readonly revision: DesiredRevision;
  readonly warnings: readonly Problem[];
  /** The time that the kubelet gets to prove itself. */
  readonly health: Health;
  /** The unit of the effective spec; undefined if there is none. */
  readonly unit: string | undefined;
  /** The spec that was rendered just now; absent if nothing was rendered. */
  readonly effective?: Effective;
  /** The command that fetches the image beforehand; absent if there is none. */
  readonly fetch?: Fetch;
}
