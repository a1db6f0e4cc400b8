/** What the controller needs of the fleet: everything as it was last seen, and the few writes that it makes. `src/cluster` implements it. */

import type { DisruptionRequest, KubeletConfig, KubeletConfigStatus, Labels, NodeKubelet } from '../api/types.ts';

/** A Node, as far as it matters here. */
export interface FleetNode {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  /** Its condition Ready is True. */
  readonly ready: boolean;
  /** Not cordoned. */
  readonly schedulable: boolean;
  /** Somebody has deleted it, and it waits for its finalizers. */
  readonly deleting: boolean;
}

/** The whole fleet at one moment. It may lag behind the API server, but holds every write of our own that has succeeded. */
export interface FleetView {
  readonly kubeletConfigs: readonly KubeletConfig[];
  readonly nodes: readonly FleetNode[];
  readonly nodeKubelets: readonly NodeKubelet[];
}

/** `Stale`: it has been changed or deleted since it was seen, and nothing was written. */
export type Written = 'Written' | 'Stale';

/** Every write is compare-and-swap, and fails with an error of the implementation when it is not known to have been made, and may have been made all the same. */
export interface Fleet {
  /** Undefined until everything has been listed once, and while the API server does not answer: what was seen may long be otherwise. */
  view(): FleetView | undefined;
  /** Grants the request that the object carries. */
  approve(nodeKubelet: NodeKubelet, request: DisruptionRequest): Promise<Written>;
  /** Looks at what is stored now, and shows that from now on. */
  reread(nodeKubelet: NodeKubelet): Promise<void>;
  /** Takes the approval back; whoever was faster to claim it keeps it. */
  revoke(nodeKubelet: NodeKubelet): Promise<Written>;
  writeStatus(object: KubeletConfig, status: KubeletConfigStatus): Promise<Written>;
  /** Adds or removes our finalizer; those of others stay. */
  setFinalizer(object: KubeletConfig, present: boolean): Promise<Written>;
  /** Tells people who look at the object. Never throws; may get lost. */
  event(object: KubeletConfig, event: FleetEvent): void;
}

export interface FleetEvent {
  readonly type: 'Normal' | 'Warning';
  /** What the controller was about. */
  readonly action: 'RollingOut' | 'Restoring';
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Keeps a deleted object until its nodes have gone back to what they had before. */
export const restoreFinalizer = 'kubelet-config.dev/restore';
