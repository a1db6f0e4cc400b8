/** The agent's half of the protocol with the controller, as types (design §5). */

import type { DisruptionRequest, NodeKubeletSpec } from '../../api/types.ts';

/** Who permits disruptions of this node, and what was asked and answered so far. */
export type Permission =
  /** The agent permits its own changes: with a directory as the source, or with `--approve=self`. */
  | { readonly kind: 'Self' }
  | {
      readonly kind: 'Controller';
      /** The `status.request` of the node's own NodeKubelet, as last seen. */
      readonly request: DisruptionRequest | undefined;
      /** Its `status.claimed`: the id of the request whose approval the agent has used. */
      readonly claimed: string | undefined;
      /** Its `spec.approval`. */
      readonly approval: NodeKubeletSpec['approval'];
      /** Its `spec.retry`: the id of the failed request that may be tried again. */
      readonly retry?: string | undefined;
      /** True while no Node object of this machine has been seen. */
      readonly isUnregistered: boolean;
      /** The id for the next request, if one is needed; never used before. */
      readonly newId: string;
    };

/** NotClaimed: the grant must not be used, for the reason in `why`. */
export type ClaimResult = { readonly kind: 'Claimed' } | { readonly kind: 'NotClaimed'; readonly why: string };

/**
 * How long a claim is good, counted from before it is written: the change must be armed by then. The
 * controller counts on it when the Node of a claimed change has gone.
 */
export const claimMilliseconds = 60_000;

/** The authority that permits disruptions of this node: the controller, or the agent itself. */
export interface Authority {
  readonly permission: Permission;
  /**
   * Claims an approval of the controller before anything is touched. The change may be made only if the
   * result is Claimed, and must be armed within `claimMilliseconds`. Never throws.
   */
  claim(request: DisruptionRequest): Promise<ClaimResult>;
}

/** The authority of a machine that needs no approval. */
export const selfApproved: Authority = { permission: { kind: 'Self' }, claim: () => Promise.resolve({ kind: 'Claimed' }) };

/** Whether a disruption may happen now. */
export type Ruling =
  /**
   * `claim` is the approved request, which must be claimed first; absent if the agent permits its own
   * changes.
   */
  | { readonly kind: 'Granted'; readonly claim?: DisruptionRequest }
  /** The controller has not approved this request yet; `waitsFor` says what it does before. */
  | { readonly kind: 'Ask'; readonly request: DisruptionRequest; readonly waitsFor?: string };

/** A change that needs permission. */
export interface Disruption {
  /** Id of the revision, or null if the node goes back to its originals. */
  readonly revision: string | null;
  /** Id of the inputs, or null if the node goes back to its originals. */
  readonly inputs: string | null;
  readonly reason: DisruptionRequest['reason'];
  /** True if a kubelet runs that the change would disrupt. */
  readonly unitIsActive: boolean;
}
