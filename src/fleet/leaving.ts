/**
 * An object that is being deleted stays until its nodes have gone back to what they had before. A node that
 * cannot, or that no agent answers for, keeps the object until a person says that it is left behind (design
 * F9). Pure.
 */

import type { KubeletConfig } from '../api/types.ts';
import { type Finding, type Findings, heldNodes, heldUp, type WaitingNodes } from './finding.ts';
import type { Member } from './member.ts';
import type { Tally } from './tally.ts';
import { listed, nodes } from './words.ts';

/** A person names here the Nodes that are not waited for, separated by commas or blanks. */
export const leaveBehindAnnotation = 'kubelet-config.dev/leave-behind';

/** The nodes that a deleted object is still on, or may be. */
export interface Remaining {
  /** They go back, or will: when it is their turn, when a person releases them, when their agent reports. */
  readonly going: readonly Member[];
  /** Going back was tried and undone, or cannot be carried out. */
  readonly failed: readonly Member[];
  /** No agent answers. */
  readonly missing: readonly Member[];
  /** Failed or missing, and a person says that they are not waited for. */
  readonly leftBehind: readonly Member[];
}

/** Divides the nodes of a deleted object. The annotation counts only for a node that is failed or missing. */
export function remaining(
  { metadata }: KubeletConfig,
  { nodes: { Updating, Waiting, Held, Failed, WithoutAgent }, missing }: Tally,
): Remaining {
  const named = new Set((metadata.annotations?.[leaveBehindAnnotation] ?? '').split(/[\s,]+/));
  const isNamed = ({ name }: Member) => named.has(name);
  const isWaitedFor = (member: Member) => !isNamed(member);
  const joining = WithoutAgent.filter((member) => !missing.includes(member));
  return {
    going: [...Updating, ...Waiting, ...Held, ...joining],
    failed: Failed.filter(isWaitedFor),
    missing: missing.filter(isWaitedFor),
    leftBehind: [...Failed, ...missing].filter(isNamed),
  };
}

/** The findings on an object that is being deleted. */
export function findingsOfLeaving(object: KubeletConfig, tally: Tally, waiting: WaitingNodes): Findings {
  const left = remaining(object, tally);
  const stalled = stuck(object, left);
  const reconciling = left.going.length > 0 || !stalled ? restoring(left, tally, waiting) : undefined;
  return { stalled, reconciling, ready: { reason: 'Restored', message: 'No node has it any longer.' } };
}

function stuck({ metadata }: KubeletConfig, { failed, missing }: Remaining): Finding | undefined {
  const stuckNodes = [...failed, ...missing];
  if (stuckNodes.length === 0) return undefined;
  const annotate = `kubectl annotate kubeletconfig ${metadata.name} ${leaveBehindAnnotation}=${stuckNodes[0]?.name}`;
  const parts = [
    'The object stays until all its nodes have gone back.',
    ...(failed.length > 0
      ? [
          `Going back failed on ${listed(failed)}: kubectl describe nodekubelet ${failed[0]?.name} says why; put that right, then run kubelet-config retry on the node.`,
        ]
      : []),
    ...(missing.length > 0 ? [`No agent answers on ${listed(missing)}: start it again.`] : []),
    `Delete Nodes that are gone for good. To leave a node as it is: ${annotate} (several names with commas).`,
  ];
  return { reason: failed.length > 0 ? 'NodesFailed' : 'WithoutAgent', message: parts.join(' ') };
}

function restoring(
  { going, leftBehind }: Remaining,
  { nodes: { Updating, Waiting, Held } }: Tally,
  waiting: WaitingNodes,
): Finding {
  const held = Updating.length === 0 ? heldUp(Waiting, waiting) : undefined;
  const parts = [
    `${nodes(going.length)} still ${going.length === 1 ? 'has' : 'have'} to go back to what was there before.`,
    ...(held ? [held.message] : []),
    ...(Held.length > 0 ? [heldNodes(Held).message] : []),
    ...(leftBehind.length > 0 ? [`Left behind, as a person said: ${listed(leftBehind)}.`] : []),
  ];
  const isOnlyHeld = Held.length > 0 && Held.length === going.length;
  return { reason: isOnlyHeld ? 'Held' : 'Restoring', message: parts.join(' ') };
}
