/** Nodes, and what their agents report: each test changes the one thing it is about. */

import type { KubeletConfig, KubeletConfigSpec, NodeKubelet, NodeKubeletStatus } from '../../src/api/types.ts';
import type { FleetNode, FleetView } from '../../src/fleet/fleet.ts';
import { membersOf } from '../../src/fleet/member.ts';
import type { Approvals } from '../../src/fleet/plan/approvals.ts';
import { planApprovals } from '../../src/fleet/plan/approve.ts';
import { type ApprovalMemory, nothingRemembered } from '../../src/fleet/plan/memory.ts';
import type { Situation } from '../../src/fleet/plan/plan.ts';
import { kubeletConfig } from '../builders.ts';

/** The term of the controller under test. */
export const leader = 'lease/1';

/** What a planner cannot read from the objects: nothing special. */
export function situation(partial: Partial<Situation> = {}): Situation {
  return {
    now: 0,
    time: undefined,
    term: leader,
    inOffice: undefined,
    newNodeTaint: 'kubelet-config.dev/unconfigured',
    refused: new Set(),
    drains: new Map(),
    isMissing: () => false,
    ...partial,
  };
}

export interface Given extends Partial<Situation> {
  readonly objects: readonly KubeletConfig[];
  readonly nodes: readonly FleetNode[];
  readonly reports: readonly NodeKubelet[];
  readonly memory?: ApprovalMemory;
}

/** The approvals for this fleet. */
export function planFor({ objects, nodes, reports, memory = nothingRemembered, ...special }: Given): Approvals {
  return planApprovals(objects, membersOf(viewOf(objects, nodes, reports)), memory, situation(special));
}

/** The approvals when what the controller must not forget has been stored. */
export function planStored(given: Given): Approvals {
  const first = planFor(given);
  const objects = given.objects.map((object) => withRollout(object, first.rollouts.get(object)?.state));
  return planFor({ ...given, objects, memory: first.memory });
}

/** The object with this state of its rollout. */
export function withRollout(object: KubeletConfig, rollout: NonNullable<KubeletConfig['status']>['rollout']): KubeletConfig {
  const { rollout: _before, ...status } = object.status ?? {};
  return { ...object, status: { ...status, ...(rollout && { rollout }) } };
}

/** Names of the nodes that are granted now. */
export function grantedIn({ grants }: Approvals): string[] {
  return grants.map(({ nodeKubelet: { metadata } }) => metadata.name);
}

/** `a: NoRoom workers`, `b: Paused gpu`. */
export function waitingIn({ waiting }: Approvals): string[] {
  return [...waiting].map(([member, reason]) => {
    if (reason.kind === 'NoRoom') return `${member.name}: NoRoom ${reason.budget.object}`;
    return `${member.name}: ${reason.kind}${'object' in reason ? ` ${reason.object}` : ''}`;
  });
}

/** A node on which an approved change failed: it was to bring these objects. */
export function failedReport(request: string, runs: readonly string[], wants: readonly string[]) {
  const failures = [{ inputs: 'i', revision: 'r', reason: 'no', request, objects: references(...wants) }];
  return { phase: 'Failed', granted: request, claimed: request, runs, wants, failures } satisfies Report;
}

/** Ready and schedulable. */
export function node(name: string, partial: Partial<FleetNode> = {}): FleetNode {
  return {
    name,
    uid: `node-${name}`,
    labels: {},
    ready: true,
    schedulable: true,
    deleting: false,
    taints: [],
    conditions: ['Ready'],
    ...partial,
  };
}

export const notReady = { ready: false };

/** As the API server stores it: with a uid and a generation; valid, and selecting every node. */
export function stored(
  name: string,
  spec: Partial<KubeletConfigSpec> = {},
  metadata: Partial<KubeletConfig['metadata']> = {},
): KubeletConfig {
  return kubeletConfig(
    name,
    { launcher: { host: {} }, ...spec },
    { uid: `uid-${name}`, generation: 1, finalizers: ['kubelet-config.dev/restore'], ...metadata },
  );
}

export function deleted(object: KubeletConfig): KubeletConfig {
  const metadata = { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 };
  return { ...object, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
}

/** `workers@2`, or `workers` for its first generation. */
export function references(...objects: string[]): NonNullable<NodeKubeletStatus['inputs']> {
  return objects.map((text) => {
    const [name = '', generation = '1'] = text.split('@');
    return { name, uid: `uid-${name}`, generation: Number(generation) };
  });
}

export interface Report extends Omit<NodeKubeletStatus, 'request' | 'inputs' | 'desired'> {
  /** Id of the request. */
  readonly asks?: string;
  /** Id of the request that is granted. */
  readonly granted?: string;
  /** The term of the approval; the leader's by default. */
  readonly term?: string;
  readonly place?: 'Rollout' | 'Cure' | 'NewNode';
  readonly stage?: 'Drain' | 'Go';
  readonly until?: string;
  /** Id of the failed request that may be tried again. */
  readonly retry?: string;
  readonly needsEmptyNode?: boolean;
  /** The objects of the applied revision. */
  readonly runs?: readonly string[];
  /** The objects that select the node. */
  readonly wants?: readonly string[];
  readonly version?: string;
}

export function nodeKubelet(name: string, report: Report = {}): NodeKubelet {
  const {
    asks,
    granted,
    term = leader,
    place,
    stage,
    until,
    retry,
    needsEmptyNode,
    runs = [],
    wants = [],
    version = '1',
    ...status
  } = report;
  const given = { ...(place && { place }), ...(stage && { stage }), ...(until !== undefined && { until }) };
  const approval = granted === undefined ? undefined : { request: granted, revision: 'r', term, ...given };
  return {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'NodeKubelet',
    metadata: {
      name,
      uid: `nk-${name}`,
      resourceVersion: version,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: `node-${name}` }],
    },
    ...((approval ?? retry) !== undefined && { spec: { ...(approval && { approval }), ...(retry !== undefined && { retry }) } }),
    status: {
      ...status,
      ...(asks !== undefined && {
        request: { id: asks, revision: 'r', reason: 'Change' as const, ...(needsEmptyNode && { needsEmptyNode }) },
      }),
      inputs: references(...runs),
      desired: references(...wants),
    },
  };
}

export function viewOf(
  kubeletConfigs: readonly KubeletConfig[],
  nodes: readonly FleetNode[],
  nodeKubelets: readonly NodeKubelet[],
): FleetView {
  return { kubeletConfigs, nodes, nodeKubelets, time: undefined };
}
