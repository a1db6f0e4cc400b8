/**
 * The fleet as the controller needs it: as it was last seen, and a few writes. `src/cluster`
 * implements it.
 */

import type { KubeletConfig, KubeletConfigStatus, Labels, NodeKubelet } from '../api/types.ts';

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
  /** When it was registered, RFC 3339. */
  readonly createdAt?: string;
  readonly taints: readonly FleetTaint[];
  /** The types of its conditions that are True. */
  readonly conditions: readonly string[];
}

/** A taint of a Node. */
export interface FleetTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** The part of a pod that a drain reads. */
export interface FleetPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The kind of the object that controls it and makes it again, e.g. ReplicaSet; absent if none does. */
  readonly controller?: string;
  /** The API server only shows it: the kubelet runs it from a file. */
  readonly isMirror: boolean;
  /** Its containers have ended for good. */
  readonly isFinished: boolean;
  /** It is deleted, and its containers are being stopped. */
  readonly deleting: boolean;
  readonly hasEmptyDir: boolean;
  /** Whether it may be scheduled to a node that is being drained: by the name of our taint, or as to any. */
  readonly toleratesDraining: 'No' | 'AsAnyTaint' | 'ByName';
}

/**
 * The whole fleet at one moment. It may lag behind the API server, but shows every write of our own that
 * succeeded.
 */
export interface FleetView {
  readonly kubeletConfigs: readonly KubeletConfig[];
  readonly nodes: readonly FleetNode[];
  readonly nodeKubelets: readonly NodeKubelet[];
  /**
   * The clock of the API server in milliseconds since 1970: the date of its last answer, and the time since
   * then by our monotonic clock. Undefined if no answer had a date.
   */
  readonly time: number | undefined;
}

/** What is written into `spec.approval`. */
export type Approval = Required<Pick<NonNullable<NonNullable<NodeKubelet['spec']>['approval']>, 'request' | 'revision'>> &
  Omit<NonNullable<NonNullable<NodeKubelet['spec']>['approval']>, 'request' | 'revision'>;

/**
 * `Evicted`: its containers are being stopped, which takes a while. `Gone`: there is no such pod any more.
 * Refused: a budget does not allow it now; the text names the budget.
 */
export type Eviction = 'Evicted' | 'Gone' | { readonly refused: string };

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
  /** Writes the approval of the request that the object carries, in place of any other. */
  approve(nodeKubelet: NodeKubelet, approval: Approval): Promise<Written>;
  /**
   * Takes the approval back; `Stale` if the agent has claimed it meanwhile. It writes also where there is no
   * approval: then an approval that is still under way is not stored any more.
   */
  revoke(nodeKubelet: NodeKubelet): Promise<Written>;
  /** Lets the agent try again what failed as this request. */
  allowRetry(nodeKubelet: NodeKubelet, request: string): Promise<Written>;
  /**
   * Adds the taint to the Node, in place of one with the same key and effect; all others stay. `Stale` also
   * if there is another Node of that name by now.
   */
  setTaint(node: FleetNode, taint: FleetTaint): Promise<Written>;
  /** Removes the taint if the Node has it with the same value and effect; all others stay. */
  removeTaint(node: FleetNode, taint: FleetTaint): Promise<Written>;
  /** The pods of a node as they are now. */
  pods(nodeName: string): Promise<readonly FleetPod[]>;
  /** Asks for the eviction of this very pod, as `kubectl drain` does. Never deletes it otherwise. */
  evict(pod: FleetPod): Promise<Eviction>;
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
