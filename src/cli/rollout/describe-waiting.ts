/** Why a node waits for its change, in words. Pure. */

import type { Waiting } from '../../fleet/approve.ts';

/** Completes "waits: …". It names no number that changes with every node. */
export function describeWaiting(waiting: Waiting): string {
  switch (waiting.kind) {
    case 'NodeGone':
      return 'its Node is gone';
    case 'AgentMissing':
      return 'its agent has not taken up an approval; see that it runs';
    case 'OutOfStep':
      return `its agent and the controller do not see the same ${waiting.object} yet`;
    case 'Paused':
      return `rollout.paused of ${waiting.object} is true; kubelet-config rollout resume ${waiting.object} lets it go on`;
    case 'Stopped':
      return `${waiting.object} has failed on as many nodes as its rollout.maxFailures allows`;
    case 'Refused':
      return `no kubelet of its nodes would start with ${waiting.object}`;
    case 'NoRoom':
      return `rollout.maxUnavailable of ${waiting.budget.object} is ${waiting.budget.maxUnavailable} here`;
    default:
      return waiting satisfies never;
  }
}
