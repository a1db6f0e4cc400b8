/** The reasons to wait that have nothing to do with room: what the objects of a node say. Pure. */

import { approveAnnotation } from '../../api/annotations.ts';
import { contentOf } from '../../api/content.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { referenceOf } from '../../desired/effective.ts';
import type { Member } from '../member.ts';
import type { Asking } from './asking.ts';
import type { Budget } from './budget.ts';
import { deadlineOf } from './holders.ts';
import type { Plan } from './plan.ts';
import { isFirstZone } from './topology.ts';
import type { Waiting } from './waiting.ts';
import { type WindowState, windowState } from './windows.ts';

/** What the objects of a node have to do with its change: the same for all nodes that stand alike. */
export interface GroupTraits {
  /** The objects whose content the change brings. */
  readonly brought: readonly KubeletConfig[];
  /** Name of an object of which agents and controller see different contents. */
  readonly behind: string | undefined;
  /** One that a person has paused; not if it is being deleted, since its nodes are to go back then. */
  readonly paused: KubeletConfig | undefined;
  /** Those with windows. */
  readonly windowed: readonly KubeletConfig[];
  /** Those that respect the marks of other tools. */
  readonly respecting: readonly KubeletConfig[];
  /** Those with canaries that have not proved the content. */
  readonly unproven: readonly KubeletConfig[];
}

/** How a request would be granted. */
export interface Candidate extends GroupTraits {
  readonly member: Asking;
  /** The budgets of the objects that the node counts for. */
  readonly counted: readonly Budget[];
  /** The budgets in which its change needs room. */
  readonly room: readonly Budget[];
  readonly place: 'Rollout' | 'Cure' | 'NewNode';
}

/**
 * Whatever also ends an approval that is not claimed yet: a person, a window or failures have stopped the
 * change since.
 */
export function stopOf({ member, paused, brought, windowed, place }: Candidate, plan: Plan): Waiting | undefined {
  if (paused) return { kind: 'Paused', object: paused.metadata.name };
  const dry = brought.find(({ spec }) => spec.rollout?.dryRun === true);
  if (dry) return { kind: 'DryRun', object: dry.metadata.name };
  const stopped = brought.find((object) => plan.failures.stops(object, member));
  if (stopped) return { kind: 'Stopped', object: stopped.metadata.name };
  const wrong = brought.find((object) => plan.refused.has(object));
  if (wrong) return { kind: 'Refused', object: wrong.metadata.name };
  return ignoresWindows({ member, place }) ? undefined : outsideWindow(windowed, plan);
}

/** Whatever keeps a request from being granted, room apart. */
export function gateOf(candidate: Candidate, plan: Plan): Waiting | undefined {
  const { member, behind, respecting, brought, place } = candidate;
  if (!member.node) return { kind: 'NodeGone' };
  if (behind !== undefined) return { kind: 'OutOfStep', object: behind };
  const stop = stopOf(candidate, plan) ?? respected(member, respecting);
  if (stop) return stop;
  const unstored = brought.find((object) => plan.rollouts.get(object)?.isStored === false);
  if (unstored) return { kind: 'Recording', object: unstored.metadata.name };
  const manual = brought.map((object) => manually(object, member, plan)).find((found) => found !== undefined);
  if (manual) return manual;
  return place === 'Rollout' ? inTurn(candidate, plan) : undefined;
}

/** Canaries, topology and batches: the order in which nodes get a content. */
function inTurn({ member, brought }: Candidate, plan: Plan): Waiting | undefined {
  for (const object of brought) {
    const waiting = canary(object, member, plan);
    if (waiting) return waiting;
  }
  const zone = isFirstZone(member, brought, plan);
  if (zone) return zone;
  for (const object of brought) {
    const waiting = batch(object, member, plan);
    if (waiting) return waiting;
  }
  return undefined;
}

function outsideWindow(windowed: readonly KubeletConfig[], plan: Plan): Waiting | undefined {
  const [first] = windowed;
  if (first === undefined) return undefined;
  if (plan.time === undefined) return { kind: 'Recording', object: first.metadata.name };
  const state = windowFor(windowed, plan.time, plan);
  return state.kind === 'Open' ? undefined : { kind: 'Window', object: first.metadata.name, state, time: plan.time };
}

/** The end of the window in which a candidate is approved, in milliseconds; undefined for none. */
export function windowEnd({ member, windowed, place }: Candidate, plan: Plan): number | undefined {
  if (ignoresWindows({ member, place }) || windowed.length === 0 || plan.time === undefined) return undefined;
  const state = windowFor(windowed, plan.time, plan);
  return state.kind === 'Open' ? state.until : undefined;
}

/**
 * A new node runs no pods yet, and must not wait for the next maintenance to take some. Nor does a retry that
 * a person asks for: the person is there now.
 */
function ignoresWindows({ member, place }: Pick<Candidate, 'member' | 'place'>): boolean {
  const { spec, status } = member.nodeKubelet;
  return (
    place === 'NewNode' || (spec?.retry !== undefined && status.failures?.some(({ request }) => request === spec.retry) === true)
  );
}

function windowFor(objects: readonly KubeletConfig[], time: number, plan: Plan): WindowState {
  const longest = Math.max(...objects.map((object) => deadlineOf([referenceOf(object)], plan.byKey)));
  return windowState(
    objects.map(({ spec }) => spec.rollout?.windows),
    time,
    longest / 1_000,
  );
}

function respected({ node }: Member, respecting: readonly KubeletConfig[]): Waiting | undefined {
  for (const { metadata, spec } of respecting) {
    const object = metadata.name;
    const { cordons = false, taints = [], conditions = [] } = spec.rollout?.respect ?? {};
    if (cordons && node?.schedulable === false) return { kind: 'Respected', object, mark: 'a cordon' };
    const taint = node?.taints.find(({ key }) => taints.includes(key));
    if (taint) return { kind: 'Respected', object, mark: `the taint ${taint.key}` };
    const condition = node?.conditions.find((type) => conditions.includes(type));
    if (condition !== undefined) return { kind: 'Respected', object, mark: `the condition ${condition}` };
  }
  return undefined;
}

function manually(object: KubeletConfig, member: Member, { progress }: Plan): Waiting | undefined {
  if (object.spec.rollout?.approval !== 'Manual') return undefined;
  const approved = approvedNodes(object);
  if (progress.running(object) + without(member, progress.allInFlight(object)) < approved) return undefined;
  return { kind: 'Manual', object: object.metadata.name, approved };
}

/** How many nodes may have, or get, the present content, as a person has said in the annotation. */
export function approvedNodes(object: KubeletConfig): number {
  const [content, count] = (object.metadata.annotations?.[approveAnnotation] ?? '').split(':');
  if (content !== contentOf(object)) return 0;
  return count === 'all' ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(Number(count)) || 0);
}

function canary(object: KubeletConfig, { name }: Member, { rollouts, progress }: Plan): Waiting | undefined {
  const canaries = rollouts.get(object)?.canaries;
  if (canaries === undefined) return undefined;
  // This plan may have given further places. Its own one, such as an approval of another term, is no reason.
  const places = new Set([...canaries.places, ...progress.inFlight(object)]);
  places.delete(name);
  if (places.size < canaries.count) return undefined;
  const { left, unavailable } = canaries;
  return { kind: 'Canary', object: object.metadata.name, left, places: [...places], unavailable };
}

function batch(object: KubeletConfig, member: Member, { progress, rollouts }: Plan): Waiting | undefined {
  const { batches = 'Doubling', maxFailures = 1 } = object.spec.rollout ?? {};
  const onTrial = rollouts.get(object)?.isOnTrial ?? false;
  if (batches === 'Full' && !onTrial) return undefined;
  const proved = progress.proved(object);
  const limit = onTrial ? 1 : Math.max(1, maxFailures, 2 * proved);
  if (without(member, progress.inFlight(object)) < limit) return undefined;
  return { kind: 'Batch', object: object.metadata.name, limit, proved, onTrial };
}

/** How many others there are. */
function without({ name }: Member, names: ReadonlySet<string>): number {
  return names.size - (names.has(name) ? 1 : 0);
}
