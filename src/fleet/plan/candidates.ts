/** How each node with a request would be granted, and whether there is room. Pure. */

import { type Member, runsContent, unavailability } from '../member.ts';
import type { Asking } from './asking.ts';
import { type Budget, type Budgets, changingIn, isControlPlane, isNewNode } from './budget.ts';
import type { Candidate } from './gates.ts';
import { broughtBy, isProved } from './progress.ts';
import type { Waiting } from './waiting.ts';

/** @param newNodeTaint key of the taint of new nodes */
export function candidateOf(member: Asking, budgets: Budgets, newNodeTaint: string): Candidate {
  const counted = changingIn(budgets, member);
  const brought = broughtBy(
    member,
    counted.flatMap(({ source }) => source ?? []),
  );
  const place = placeOf(member, counted, newNodeTaint);
  return { member, counted, brought, place, room: place === 'NewNode' ? roomOfNewNode(member, budgets) : counted };
}

function placeOf(member: Asking, counted: readonly Budget[], newNodeTaint: string): Candidate['place'] {
  const { approval } = member.nodeKubelet.spec ?? {};
  if (isNewNode(member, newNodeTaint)) return 'NewNode';
  if (approval?.request === member.nodeKubelet.status.request.id && approval.place !== undefined) return approval.place;
  return isCure(member) && !isCanary(member, counted) ? 'Cure' : 'Rollout';
}

/**
 * Whether the change may cure the node: it is down, or its last change is not undone. A cordon is the mark of
 * somebody's maintenance, and no illness. A node is cured once for each revision.
 */
export function isCure(member: Member): boolean {
  const cause = unavailability(member);
  if (cause !== 'NotReady' && cause !== 'Undoing') return false;
  const { spec, status } = member.nodeKubelet ?? {};
  const wasCured = spec?.approval?.place === 'Cure' && spec.approval.request !== status?.request?.id;
  return !wasCured || spec?.approval?.revision !== status?.request?.revision;
}

/** A canary that is down is no patient: it speaks against the content, and keeps its place. */
function isCanary(member: Member, counted: readonly Budget[]): boolean {
  return (
    isProved(member) &&
    counted.some(
      ({ source }) =>
        source?.spec.rollout?.canary !== undefined &&
        source.status?.rollout?.provenAt === undefined &&
        runsContent(source, member),
    )
  );
}

function roomOfNewNode(member: Member, budgets: Budgets): readonly Budget[] {
  return isControlPlane(member) ? [budgets.newNodes, budgets.controlPlane] : [budgets.newNodes];
}

/**
 * The first budget without room. A node that is down already takes no more room when it changes; still, at
 * most maxUnavailable of them change at once.
 */
export function roomFor({ member, room, place }: Candidate): Waiting | undefined {
  const { name } = member;
  const full = room.find(({ taken, granted, maxUnavailable }) => {
    const names = place === 'Cure' ? granted : taken;
    return names.size - (names.has(name) ? 1 : 0) >= maxUnavailable;
  });
  return full && { kind: 'NoRoom', budget: full };
}
