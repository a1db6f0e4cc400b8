/** How each node with a request would be granted, and whether there is room. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import { isCurrent, isDeleting, keyOf, type Member, unavailability } from '../member.ts';
import { type Relations, relationsOf, runsContent } from '../relations.ts';
import type { Asking } from './asking.ts';
import { type Budget, type Budgets, changingIn, isControlPlane, isNewNode } from './budget.ts';
import type { Candidate, GroupTraits } from './gates.ts';
import { broughtBy, isProved } from './progress.ts';
import type { Waiting } from './waiting.ts';

/**
 * The candidates of one plan. What their objects have to do with it is the same for all nodes that stand
 * alike.
 * @param byKey the objects
 * @param newNodeTaint key of the taint of new nodes
 */
export function candidatesIn(
  budgets: Budgets,
  byKey: ReadonlyMap<string, KubeletConfig>,
  newNodeTaint: string,
): (member: Asking) => Candidate {
  const known = new Map<Asking, Candidate>();
  const groups = new Map<Relations, GroupTraits>();
  const make = (member: Asking): Candidate => {
    const relations = relationsOf(member);
    const counted = changingIn(budgets, member);
    const group = groups.get(relations) ?? groupTraits(member, counted, byKey);
    groups.set(relations, group);
    const place = placeOf(member, group, newNodeTaint);
    return { member, counted, ...group, place, room: place === 'NewNode' ? roomOfNewNode(member, budgets) : counted };
  };
  return (member) => {
    const candidate = known.get(member) ?? make(member);
    known.set(member, candidate);
    return candidate;
  };
}

function groupTraits(member: Member, counted: readonly Budget[], byKey: ReadonlyMap<string, KubeletConfig>): GroupTraits {
  const sources = counted.flatMap(({ source }) => source ?? []);
  const brought = broughtBy(member, sources);
  const staying = sources.filter((object) => !isDeleting(object));
  const has = (field: keyof NonNullable<KubeletConfig['spec']['rollout']>) => (object: KubeletConfig) =>
    object.spec.rollout?.[field] !== undefined;
  return {
    brought,
    behind: outOfStep(relationsOf(member), byKey),
    paused: staying.find(({ spec }) => spec.rollout?.paused === true),
    windowed: staying.filter(({ spec }) => (spec.rollout?.windows ?? []).length > 0),
    respecting: sources.filter(has('respect')),
    unproven: staying.filter((object) => has('canary')(object) && object.status?.rollout?.provenAt === undefined),
  };
}

/**
 * The name of an object of which agents and controller see different contents. An older content must wait
 * too: it may have failed, and only the controller has seen its correction yet.
 */
function outOfStep({ desired }: Relations, byKey: ReadonlyMap<string, KubeletConfig>): string | undefined {
  return desired.find((reference) => {
    const object = byKey.get(keyOf(reference));
    return reference.uid !== '' && (object === undefined || !isCurrent(object, reference));
  })?.name;
}

function placeOf(member: Asking, group: GroupTraits, newNodeTaint: string): Candidate['place'] {
  const { approval } = member.nodeKubelet.spec ?? {};
  if (isNewNode(member, newNodeTaint)) return 'NewNode';
  if (approval?.request === member.nodeKubelet.status.request.id && approval.place !== undefined) return approval.place;
  return isCure(member) && !isCanary(member, group) ? 'Cure' : 'Rollout';
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
function isCanary(member: Member, { unproven }: GroupTraits): boolean {
  return unproven.some((object) => runsContent(object, member)) && isProved(member);
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
  for (const budget of room) {
    const names = place === 'Cure' ? budget.granted : budget.taken;
    if (names.size - (names.has(name) ? 1 : 0) >= budget.maxUnavailable) return { kind: 'NoRoom', budget };
  }
  return undefined;
}
