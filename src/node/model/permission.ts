/** The agent's half of the protocol with the controller, as types (design §5). */

import type { DisruptionRequest, NodeKubeletSpec } from '../../api/types.ts';

/** What there is to be asked, and what was asked and answered so far. */
export type Permission =
  /** Nobody else is to be asked: one machine, a directory, `--approve=self`. */
  | { readonly kind: 'Self' }
  | {
      readonly kind: 'Controller';
      /** `status.request`, `status.claimed` and `spec.approval` of the node's own NodeKubelet, as last seen. */
      readonly request: DisruptionRequest | undefined;
      readonly claimed: string | undefined;
      readonly approval: NodeKubeletSpec['approval'];
      /** No Node object has been seen for this machine yet. */
      readonly isUnregistered: boolean;
      /** The id of the next request, should one be needed: unlike any before. */
      readonly newId: string;
    };

export type ClaimResult = { readonly kind: 'Claimed' } | { readonly kind: 'NotClaimed'; readonly why: string };

/** Whoever allows disruptions of this node. */
export interface Authority {
  readonly permission: Permission;
  /** Takes what the controller has granted, before anything is touched; only then does it count. Never throws. */
  claim(request: DisruptionRequest): Promise<ClaimResult>;
}

export const selfApproved: Authority = { permission: { kind: 'Self' }, claim: () => Promise.resolve({ kind: 'Claimed' }) };

export type Ruling =
  /** With a claim to be laid first, where a controller gave the permission. */
  | { readonly kind: 'Granted'; readonly claim?: DisruptionRequest }
  | { readonly kind: 'Ask'; readonly request: DisruptionRequest };

export interface Disruption {
  readonly revision: string | null;
  /** Hash of the inputs, or null where the node goes back to its originals. */
  readonly inputs: string | null;
  readonly reason: DisruptionRequest['reason'];
  /** Whether a kubelet runs that could be disrupted. */
  readonly unitIsActive: boolean;
}
