/** How far each object's rollout is, counted by the controller's own code. Pure but for the validator. */

import { contentOf } from '../../api/content.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { assess, noMemory } from '../../fleet/assess.ts';
import { complaintOf } from '../../fleet/conditions.ts';
import type { FleetView } from '../../fleet/fleet.ts';
import { generationOf, isDeleting, type Member } from '../../fleet/member.ts';
import { unconfiguredTaintKey } from '../../fleet/new-nodes.ts';
import type { Validator } from '../../fleet/object-health.ts';
import { describeWaiting } from '../../fleet/plan/waiting.ts';
import type { Tally } from '../../fleet/tally.ts';
import { rfc3339 } from '../../loop/time.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { type CanaryProgress, canaryOf } from './canary.ts';
import { type RolloutState, stateOf } from './state.ts';

export interface FailedNode {
  readonly node: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Nodes that wait for the same. */
export interface WaitingNodes {
  /** One word for programs. */
  readonly kind: string;
  readonly reason: string;
  readonly nodes: readonly string[];
}

/** One object and its nodes. Every node that it counts is in exactly one of the lists. */
export interface ObjectProgress extends RolloutState {
  readonly name: string;
  readonly generation: number;
  readonly content: string;
  readonly isPaused: boolean;
  readonly isDeleting: boolean;
  readonly total: number;
  readonly updated: readonly string[];
  readonly changing: readonly string[];
  /** Those for which most nodes wait come first. */
  readonly waiting: readonly WaitingNodes[];
  readonly failed: readonly FailedNode[];
  readonly held: readonly string[];
  readonly withoutAgent: readonly string[];
  /** Nodes that it selects no longer and that go back from it; they are in none of the other lists. */
  readonly leaving: readonly string[];
  readonly canary: CanaryProgress | undefined;
}

/** Characters of what a failed node reports. */
const longestReason = 300;

/**
 * The progress of every object of the view, by name.
 * @param time the date in milliseconds since 1970, if the view does not know the API server's
 */
export function progressOf(view: FleetView, validator: Validator, time: number): ObjectProgress[] {
  const { approvals, reports } = assess(view, noMemory, { ...bystander, date: rfc3339(time), validator });
  // What this command would grant is no approval: it counts only when the controller has written it.
  const fresh = approvals.grants.filter(({ isRenewal }) => !isRenewal);
  const planned = new Set(fresh.map(({ nodeKubelet }) => nodeKubelet));
  const isPlanned = ({ nodeKubelet }: Member) => nodeKubelet !== undefined && planned.has(nodeKubelet);
  const why = (member: Member): Reason => {
    const waiting = approvals.waiting.get(member);
    if (waiting) return { kind: waiting.kind, reason: describeWaiting(waiting) };
    return isPlanned(member) ? itsTurn : preparing;
  };
  return reports
    .map(({ object, tally }) => ofObject(object, tally, { isPlanned, why, time: view.time ?? time }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** To one that only looks, the approvals of every term count. */
const bystander = { now: 0, term: '', inOffice: undefined, newNodeTaint: unconfiguredTaintKey, drains: new Map() };

type Reason = Omit<WaitingNodes, 'nodes'>;

const itsTurn: Reason = { kind: 'ItsTurn', reason: 'it may change now, and the controller has not approved it yet' };
const preparing: Reason = { kind: 'Preparing', reason: 'its agent prepares the change, or has not seen the object yet' };

interface Circumstances {
  readonly isPlanned: (member: Member) => boolean;
  readonly why: (member: Member) => Reason;
  readonly time: number;
}

function ofObject(object: KubeletConfig, { nodes, leaving }: Tally, circumstances: Circumstances): ObjectProgress {
  const { isPlanned, why, time } = circumstances;
  const changing = nodes.Updating.filter((member) => !isPlanned(member));
  const waiting = [...nodes.Updating.filter(isPlanned), ...nodes.Waiting];
  return {
    name: object.metadata.name,
    generation: generationOf(object),
    content: contentOf(object),
    isPaused: object.spec.rollout?.paused === true,
    isDeleting: isDeleting(object),
    ...stateOf(object),
    total: Object.values(nodes).reduce((sum, { length }) => sum + length, 0),
    updated: namesOf(nodes.Updated),
    changing: namesOf(changing),
    waiting: grouped(waiting, why),
    failed: nodes.Failed.map((member) => failedNode(object, member)),
    held: namesOf(nodes.Held),
    withoutAgent: namesOf(nodes.WithoutAgent),
    leaving: namesOf(leaving),
    canary: canaryOf(object, time),
  };
}

function namesOf(members: readonly Member[]): string[] {
  return members.map(({ name }) => name);
}

function grouped(members: readonly Member[], why: (member: Member) => Reason): WaitingNodes[] {
  const groups = new Map<string, Reason & { readonly nodes: string[] }>();
  for (const member of members) {
    const reason = why(member);
    const group = groups.get(reason.reason) ?? { ...reason, nodes: [] };
    groups.set(reason.reason, group);
    group.nodes.push(member.name);
  }
  return [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length);
}

/** A node that has tried the object needs a person's word to try it again; one that never could does not. */
function failedNode({ metadata }: KubeletConfig, member: Member): FailedNode {
  const { name: node, nodeKubelet } = member;
  const reason = hideInReason(complaintOf(member, longestReason));
  const hasTried = nodeKubelet?.status?.phase !== 'Stalled';
  const see = `kubectl describe nodekubelet ${node} says more`;
  const again = `; correct the object, or put right what was wrong on the node and run kubelet-config rollout retry ${metadata.name}`;
  return { node, reason, remedy: hasTried ? `${see}${again}` : `${see}; it is tried again when the object changes` };
}
