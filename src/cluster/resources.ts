/** The kinds of Kubernetes that we read and write, with the fields that we use. */

import type { KubernetesApi, KubernetesObject, Resource } from './kubernetes-api.ts';

export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[];
  };
  readonly status?: {
    readonly conditions?: readonly NodeCondition[];
    readonly nodeInfo?: { readonly kubeletVersion?: string; readonly osImage?: string };
  };
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

export const nodes: Resource<Node> = { apiVersion: 'v1', kind: 'Node', plural: 'nodes' };

/** The part of a pod that a drain reads. */
export interface Pod extends KubernetesObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly volumes?: readonly { readonly name: string; readonly emptyDir?: object | null }[];
    readonly tolerations?: readonly Toleration[];
  };
  readonly status?: { readonly phase?: string };
}

export interface Toleration {
  /** Empty or absent with the operator Exists: every key. */
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  /** Empty or absent: every effect. */
  readonly effect?: string;
}

/** Pods of one namespace, or of all. */
export function pods(namespace?: string): Resource<Pod> {
  return { apiVersion: 'v1', kind: 'Pod', plural: 'pods', ...(namespace !== undefined && { namespace }) };
}

/** The API server creates it on a pod, whose deletion then obeys the PodDisruptionBudgets. */
export interface Eviction extends KubernetesObject {
  readonly apiVersion: 'policy/v1';
  readonly kind: 'Eviction';
  readonly deleteOptions: { readonly preconditions: { readonly uid: string } };
}

export interface Lease extends KubernetesObject {
  readonly spec?: {
    /** '' when the Lease was given back. */
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Leases of one namespace. */
export function leases(namespace: string): Resource<Lease> {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespace };
}

/**
 * The term of whoever holds the Lease: another one for each holder, and for a Lease that was deleted and made
 * again.
 */
export function termOf({ metadata, spec }: Lease): string {
  return `${metadata.uid ?? ''}/${spec?.leaseTransitions ?? 0}`;
}

/** The Lease of the controller, unless flags name another one. */
export const controllerLease = { namespace: 'kubelet-config', name: 'kubelet-config-controller' };

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

export interface Event extends KubernetesObject {
  /** With microseconds: `2026-01-31T09:00:00.000000Z`. */
  readonly eventTime: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note?: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly series?: EventSeries;
}

export interface EventSeries {
  readonly count: number;
  readonly lastObservedTime: string;
}

/** Events of one namespace. Those about cluster-scoped objects are in `default`. */
export function events(namespace: string): Resource<Event> {
  return { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespace };
}

export interface SelfSubjectReview extends KubernetesObject {
  readonly status?: { readonly userInfo?: UserInfo };
}

export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const selfSubjectReviews: Resource<SelfSubjectReview> = {
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
};

/** The user that the API server takes us for. Every user may ask. @throws ApiError */
export async function whoAmI(api: KubernetesApi): Promise<UserInfo | undefined> {
  const { status } = await api.create(selfSubjectReviews, { metadata: { name: '' } });
  return status?.userInfo;
}
