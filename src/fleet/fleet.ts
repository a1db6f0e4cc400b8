/**
 * The fleet as the controller needs it: as it was last seen, and a few writes. `src/cluster`
 * implements it.
 */

import type { DisruptionRequest, KubeletConfig, KubeletConfigStatus, Labels, NodeKubelet } from '../api/types.ts';

/** The part of a Node that the controller reads. */
export interface FleetNode {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  /** Its condition Ready is True. */
  readonly ready: boolean;
  /** Not cordoned. */
  readonly schedulable: boolean;
  /** It is deleted and waits for its finalizers. */
  readonly deleting: boolean;
}

/**
 * The whole fleet at one moment. It may lag behind the API server, but shows every write of our own that
 * succeeded.
 */
export interface FleetView {
  readonly kubeletConfigs: readonly KubeletConfig[];
  readonly nodes: readonly FleetNode[];
  readonly nodeKubelets: readonly NodeKubelet[];
}

/** `Stale`: the object was changed or deleted since it was seen, and nothing was written. */
export type Written = 'Written' | 'Stale';

/**
 * Every write is compare-and-swap on the version that was seen. A write that throws may have been stored all
 * the same: only the answer is missing.
 */
export interface Fleet {
  /**
   * Undefined until everything was listed once, and while the API server does not answer: an old view may be
   * wrong.
   */
  view(): FleetView | undefined;
  /** Grants the request that the object carries. */
  approve(nodeKubelet: NodeKubelet, request: DisruptionRequest): Promise<Written>;
  /** Reads the object as it is stored now; later views show that. */
  reread(nodeKubelet: NodeKubelet): Promise<void>;
  /** Takes the approval back; `Stale` if the agent has claimed it meanwhile. */
  revoke(nodeKubelet: NodeKubelet): Promise<Written>;
  /** Replaces the status of the object. */
  writeStatus(object: KubeletConfig, status: KubeletConfigStatus): Promise<Written>;
  /** Adds or removes our finalizer; those of others stay. */
  setFinalizer(object: KubeletConfig, present: boolean): Promise<Written>;
  /** Records an Event for people who look at the object. Never throws; the Event may get lost. */
  event(object: KubeletConfig, event: FleetEvent): void;
}

export interface FleetEvent {
  readonly type: 'Normal' | 'Warning';
  /** The task of the controller that the event is about. */
  readonly action: 'RollingOut' | 'Restoring';
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Keeps a deleted object until its nodes have gone back to what they had before. */
export const restoreFinalizer = 'kubelet-config.dev/restore';
