/** The desired state of one node, and the source's answer that it is made from. */

import type { Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { Effective } from '../../desired/effective.ts';
import type { Fetch } from '../../render/render.ts';
import type { RenderedRevision } from '../../render/revision.ts';
import type { Health } from './health.ts';
import type { TransactionRecord } from './record.ts';

/** The answer of a source of objects at one moment. */
export type SourceAnswer =
  | {
      readonly kind: 'Answers';
      readonly objects: readonly KubeletConfig[];
      /**
       * When the applied revision counts as withdrawn if no object selects the node. NotSelected: always.
       * Deleted: if the source has none of the applied objects any more, because the node's labels come from
       * a person and may be misspelt. Never: the caller asks for another revision and not for none.
       */
      readonly withdrawnWhen: 'NotSelected' | 'Deleted' | 'Never';
      /** Adds to problems that are found later their places in the source files. */
      readonly located?: (problems: readonly Problem[]) => Problem[];
    }
  /** The source is lost or its objects are invalid. Nothing may be concluded from that (design N8). */
  | {
      readonly kind: 'Unknown';
      readonly problems: readonly Problem[];
      /** Set if the source can be read and holds nothing. Where nothing is applied, this is said instead. */
      readonly empty?: Problem;
    };

/** The revision that the objects, the node's labels and the host's facts ask for on this node. */
export type DesiredRevision =
  /** Rendered in this pass, from inputs that differ from those of the committed revision. */
  | ({ readonly kind: 'Rendered' } & RenderedRevision)
  /**
   * The inputs are those of the committed revision. That revision stays as it is, even if today's renderer
   * would make other bytes of them (design N3a).
   */
  | { readonly kind: 'Committed'; readonly drift: 'Repair' | 'Report' }
  /**
   * A person went back to this revision. The problems say so, and why the source does not answer if it does
   * not.
   */
  | { readonly kind: 'Pinned'; readonly record: TransactionRecord; readonly problems: readonly Problem[] }
  /** The source answers, and no object selects this node. */
  | { readonly kind: 'Originals' }
  /**
   * The source is lost, objects are invalid or in conflict, or rendering refused. The node keeps what it has:
   * objects count as withdrawn only if a source answers without them (design N8).
   */
  | { readonly kind: 'Unknown'; readonly problems: readonly Problem[] };

/** The desired revision, and what came up while it was made. */
export interface DesiredState {
  readonly revision: DesiredRevision;
  readonly warnings: readonly Problem[];
  /** The signs of health that the proof asks for, and its time limits. */
  readonly health: Health;
  /** Name of the unit in the effective spec; undefined if there is no effective spec. */
  readonly unit: string | undefined;
  /** The spec that was rendered in this pass; absent if nothing was rendered. */
  readonly effective?: Effective;
  /** The command that fetches the image in preflight; absent if there is no image to fetch. */
  readonly fetch?: Fetch;
}
