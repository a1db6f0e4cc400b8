/**
 * On how many nodes the content of an object has failed, and whether that stops its rollout (design F2). A
 * failure counts once, for the request that failed, and stays counted when its node is gone. Pure.
 */

import { retryAnnotation } from '../../api/annotations.ts';
import { contentOf, sameContent } from '../../api/content.ts';
import { mostCountedFailures } from '../../api/schema/status.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { isCurrent, keyOf, type Member, type Reference, referenceTo } from '../member.ts';
import { runsContent } from '../relations.ts';
import type { Holder } from './holders.ts';

/** The failures of one content that this controller knows of. */
export interface CountedFailures {
  readonly content: string;
  /** By id of the request that failed. */
  readonly seen: ReadonlyMap<string, { readonly node: string; readonly counts: boolean }>;
  /** All that count, also those that another controller counted and whose nodes are gone. */
  readonly count: number;
}

/** A failed change of one node. */
interface Failure {
  readonly request: string;
  readonly node: string;
  readonly objects: readonly Reference[];
  /** A person lets the node try again. */
  readonly isExcused: boolean;
}

export interface Failures {
  /** By key of the object. */
  readonly counted: ReadonlyMap<string, CountedFailures>;
  /** Nodes that a person lets try again and whose agents do not know that yet, with the failed request. */
  readonly retries: readonly { readonly member: Member; readonly request: string }[];
  /** Objects whose last retry has been passed on to all their nodes. */
  readonly retried: ReadonlySet<KubeletConfig>;
  /** Whether the object stops this node; not one that failed on it and whose person lets it try again. */
  stops(object: KubeletConfig, member: Member): boolean;
}

/** What the pass before knew. */
interface Known {
  readonly failures: ReadonlyMap<string, CountedFailures>;
  /** Who held a grant. */
  readonly holders: ReadonlyMap<string, Holder>;
}

/** @param vanished nodes that held a grant and whose NodeKubelet is gone */
export function trackFailures(
  objects: readonly KubeletConfig[],
  members: readonly Member[],
  vanished: readonly Holder[],
  { failures: before, holders }: Known,
): Failures {
  const failures = [
    ...members.flatMap((member) => failuresOf(member, holders.get(member.name))),
    ...vanished.flatMap(lostInChange),
  ];
  const isQuiet = failures.length === 0 && before.size === 0 && objects.every(({ status }) => !status?.rollout?.failed);
  const byName = isQuiet ? undefined : new Map(members.map((member) => [member.name, member]));
  const counted = new Map<string, CountedFailures>();
  const retries: { member: Member; request: string }[] = [];
  const retried = new Set<KubeletConfig>();
  for (const object of objects) {
    const own = failures.filter(({ objects: failed }) => isCurrent(object, referenceTo(object, failed)));
    const found = count(object, own, byName, before.get(keyOf(object.metadata)));
    const open = isRetryAsked(object) ? own.filter(({ request, isExcused }) => !isExcused && found.seen.has(request)) : [];
    for (const { node, request } of open) {
      const member = byName?.get(node);
      if (member?.nodeKubelet) retries.push({ member, request });
    }
    const isPassedOn = isRetryAsked(object) && open.every(({ node }) => byName?.get(node)?.nodeKubelet === undefined);
    if (isPassedOn) retried.add(object);
    counted.set(keyOf(object.metadata), isPassedOn ? excused(found) : found);
  }
  return { counted, retries, retried, stops: (object, member) => stops(object, member, counted.get(keyOf(object.metadata))) };
}

/** Whether a person asks for a retry that has not been passed on yet. */
export function isRetryAsked({ metadata, status }: KubeletConfig): boolean {
  const asked = metadata.annotations?.[retryAnnotation];
  return asked !== undefined && retryToken(asked) !== status?.rollout?.retried;
}

/** As much of the annotation as the status has room for. */
export function retryToken(asked: string): string {
  return asked.slice(0, 64);
}

/** What the status says of the failures; undefined for none. */
export function failedStatus({ count, seen }: CountedFailures) {
  if (count === 0) return undefined;
  const named = [...seen].filter(([, { counts }]) => counts).slice(-mostCountedFailures);
  const nodes = new Map(named.map(([request, { node }]) => [node, { name: node, request }]));
  return { count, ...(nodes.size > 0 && { nodes: [...nodes.values()] }) };
}

/**
 * A node on which the content failed may try it again if a person said so: to the controller, or on the node,
 * whose agent then forgets the failure and asks with the reason Retry.
 */
function stops({ spec }: KubeletConfig, { name, nodeKubelet }: Member, failures: CountedFailures | undefined): boolean {
  if (failures === undefined || failures.count < (spec.rollout?.maxFailures ?? 1)) return false;
  const own = [...failures.seen].filter(([, { node }]) => node === name).map(([request]) => request);
  const { request, failures: reported } = nodeKubelet?.status ?? {};
  const isToldToRetry = nodeKubelet?.spec?.retry !== undefined && own.includes(nodeKubelet.spec.retry);
  return !isToldToRetry && !(own.length > 0 && reported === undefined && request?.reason === 'Retry');
}

/**
 * The failures in the report of a node. Only a request that a controller approved counts, and no cure: a node
 * that was unavailable before proves nothing against the content. What the node ran before is not to blame.
 * @param held the grant of the node in the pass before: a NodeKubelet that was made anew has no approval
 */
function failuresOf({ name, nodeKubelet }: Member, held: Holder | undefined): Failure[] {
  const { status, spec } = nodeKubelet ?? {};
  if (status?.failures === undefined && status?.phase !== 'Undoing') return [];
  const approved = spec?.approval?.place === 'Cure' ? undefined : spec?.approval?.request;
  const known = [approved, held?.isCure ? undefined : held?.request].filter((one) => one !== undefined);
  if (known.length === 0) return [];
  const toBlame = (references: readonly Reference[]) => references.filter((one) => !isRunning(one, status?.inputs));
  const found = (status?.failures ?? []).map(({ request, objects = [] }) => ({ request, objects }));
  const open = status?.phase === 'Undoing' ? [{ request: status.claimed, objects: status.desired ?? [] }] : [];
  return [...found, ...open].flatMap(({ request, objects }) =>
    request !== undefined && known.includes(request)
      ? [{ request, node: name, objects: toBlame(objects), isExcused: spec?.retry === request }]
      : [],
  );
}

/** A Node that goes while its change runs and it is not ready: node repair would else hide a bad content. */
function lostInChange({ name, request, desired, isClaimed, isCure, wasReady, goneSince }: Holder): Failure[] {
  if (goneSince === undefined || !isClaimed || isCure || wasReady) return [];
  return [{ request, node: name, objects: desired, isExcused: false }];
}

function isRunning(reference: Reference, inputs: readonly Reference[] = []): boolean {
  return inputs.some((one) => keyOf(one) === keyOf(reference) && sameContent(one, reference));
}

function count(
  object: KubeletConfig,
  failures: readonly Failure[],
  byName: ReadonlyMap<string, Member> | undefined,
  before: CountedFailures | undefined,
): CountedFailures {
  const content = contentOf(object);
  const known = before?.content === content ? before : undefined;
  const stored = object.status?.rollout?.content === content ? object.status.rollout.failed : undefined;
  const seen = new Map(known?.seen ?? (stored?.nodes ?? []).map(({ name, request }) => [request, { node: name, counts: true }]));
  let total = known?.count ?? 0;
  for (const { request, node, isExcused } of failures) {
    if (seen.has(request)) continue;
    seen.set(request, { node, counts: !isExcused });
    if (!isExcused) total += 1;
  }
  if (known === undefined) total = Math.max(stored?.count ?? 0, [...seen.values()].filter(({ counts }) => counts).length);
  for (const [request, { node, counts }] of seen) {
    const member = byName?.get(node);
    // It has proved the content after all, because a person let it try again.
    if (member === undefined || !runsContent(object, member)) continue;
    seen.delete(request);
    if (counts) total = Math.max(0, total - 1);
  }
  return { content, seen, count: total };
}

function excused({ content, seen }: CountedFailures): CountedFailures {
  return { content, count: 0, seen: new Map([...seen].map(([request, one]) => [request, { ...one, counts: false }])) };
}
