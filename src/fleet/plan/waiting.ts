/** Why a node waits, as data and in words. Pure. */

import { listed, nodes } from '../words.ts';
import type { Budget, Cause } from './budget.ts';
import { describeWindow, type WindowState } from './windows.ts';

/** Why a node's request is not granted now. `object` is the name of the object that is the reason. */
export type Waiting =
  | { readonly kind: 'NodeGone' }
  /** It let an approval lapse, and its agent has not written since. */
  | { readonly kind: 'AgentMissing' }
  /**
   * Its agent asks for another content of this object than the controller sees, or one of the two sees it
   * and the other does not. Either is behind for a moment.
   */
  | { readonly kind: 'OutOfStep'; readonly object: string }
  | { readonly kind: 'Paused'; readonly object: string }
  | { readonly kind: 'DryRun'; readonly object: string }
  /** The object has failed on rollout.maxFailures nodes. */
  | { readonly kind: 'Stopped'; readonly object: string }
  /** No kubelet of its nodes would start with the object. */
  | { readonly kind: 'Refused'; readonly object: string }
  | { readonly kind: 'Window'; readonly object: string; readonly state: WindowState; readonly time: number }
  /** Another tool has marked the node: a cordon, the key of a taint, or the type of a condition. */
  | { readonly kind: 'Respected'; readonly object: string; readonly mark: string }
  /** With rollout.approval: Manual a person has approved `approved` nodes, and no more. */
  | { readonly kind: 'Manual'; readonly object: string; readonly approved: number }
  /** What the controller must not forget is being stored. */
  | { readonly kind: 'Recording'; readonly object: string }
  /** `left`: milliseconds until the canaries have soaked; undefined while they do not soak. */
  | {
      readonly kind: 'Canary';
      readonly object: string;
      readonly left: number | undefined;
      readonly places: readonly string[];
      readonly unavailable: readonly string[];
    }
  | {
      readonly kind: 'Batch';
      readonly object: string;
      readonly limit: number;
      readonly proved: number;
      readonly onTrial: boolean;
    }
  /** The nodes of another part of the topology are finished first. */
  | { readonly kind: 'Topology'; readonly object: string; readonly key: string; readonly first: string }
  /** A drain was given up; the node is drained again later. */
  | { readonly kind: 'NotDrained'; readonly why: string }
  | { readonly kind: 'NoRoom'; readonly budget: Budget };

/** One sentence without a period, for a person who asks why the node waits. */
export function describeWaiting(waiting: Waiting): string {
  switch (waiting.kind) {
    case 'NodeGone':
      return 'its Node is gone';
    case 'AgentMissing':
      return 'its agent did not claim an approval for 2 minutes; start the agent, or delete the Node if it is gone for good';
    case 'OutOfStep':
      return `its agent and the controller see different contents of ${waiting.object}; one of them is behind for a moment`;
    case 'Paused':
      return `rollout.paused of ${waiting.object} is true; to go on: kubelet-config rollout resume ${waiting.object}`;
    case 'DryRun':
      return `rollout.dryRun of ${waiting.object} is true`;
    case 'Stopped':
      return `${waiting.object} has failed on as many nodes as its rollout.maxFailures allows; correct it, or: kubelet-config rollout retry ${waiting.object}`;
    case 'Refused':
      return `no kubelet of its nodes would start with ${waiting.object}; correct it`;
    case 'Window':
      return `the window of ${waiting.object} ${describeWindow(waiting.state, waiting.time)}`;
    case 'Respected':
      return `it has ${waiting.mark}, which rollout.respect of ${waiting.object} names`;
    case 'Manual':
      return `a person has approved ${waiting.object} for ${nodes(waiting.approved)}; for more: kubelet-config rollout approve ${waiting.object}`;
    case 'Recording':
      return `the state of the rollout of ${waiting.object} is being stored`;
    case 'Canary':
      return describeCanary(waiting);
    case 'Batch':
      return waiting.onTrial
        ? `${waiting.object} is tried again on one node at a time until one has proved it`
        : `${nodes(waiting.limit)} at a time ${waiting.limit === 1 ? 'changes' : 'change'} to ${waiting.object}, since ${waiting.proved === 0 ? 'none has' : `${nodes(waiting.proved)} ${waiting.proved === 1 ? 'has' : 'have'}`} proved it so far`;
    case 'Topology':
      return `the nodes of ${waiting.object} with ${waiting.key}: ${waiting.first || 'no value'} are finished first`;
    case 'NotDrained':
      return `it could not be drained: ${waiting.why}`;
    case 'NoRoom':
      return describeRoom(waiting.budget);
    default:
      return waiting satisfies never;
  }
}

function describeCanary({ object, left, places, unavailable }: Extract<Waiting, { kind: 'Canary' }>): string {
  if (left !== undefined) return `the canaries of ${object} soak, ${duration(left)} left`;
  if (unavailable.length > 0)
    return `the canaries of ${object} do not soak, because ${listedNames(unavailable)} is not available`;
  return `the canaries of ${object} change first: ${listedNames(places)}`;
}

/** Names up to three, with their causes: `node-7 (not ready), node-9 (changing)`. */
export function describeTaken({ taken }: Budget): string {
  const shown = [...taken].slice(0, 3).map(([name, cause]) => `${name} (${causes[cause]})`);
  return `${shown.join(', ')}${taken.size > shown.length ? ` and ${taken.size - shown.length} more` : ''}`;
}

const causes: Readonly<Record<Cause, string>> = {
  Changing: 'changing',
  WithoutReport: 'its NodeKubelet is gone in the middle of a change',
  NotReady: 'not ready',
  Cordoned: 'cordoned',
  BeingDeleted: 'being deleted',
  Undoing: 'a failed change is not undone',
};

function describeRoom(budget: Budget): string {
  switch (budget.kind) {
    case 'Object':
      return `rollout.maxUnavailable of ${budget.object} is ${budget.maxUnavailable} here, used by ${describeTaken(budget)}`;
    case 'ControlPlane':
      return `nodes of the control plane change one at a time, and the place is used by ${describeTaken(budget)}`;
    case 'NewNodes':
      return `${budget.maxUnavailable} new nodes are set up at a time`;
    default:
      return budget.kind satisfies never;
  }
}

function listedNames(names: readonly string[]): string {
  return listed(names.map((name) => ({ name })));
}

/** `40 s left`, `4 min`, `3 h`: rounded up. */
function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
