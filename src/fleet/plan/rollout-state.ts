/**
 * What must outlive a controller about the rollout of one content: it stands in `status.rollout`, and is
 * stored before an approval rests on it. Times are those of the API server. Pure.
 */

import { isDeepStrictEqual } from 'node:util';
import { retryAnnotation } from '../../api/annotations.ts';
import { contentOf } from '../../api/content.ts';
import { contentId } from '../../api/json.ts';
import type { KubeletConfig, KubeletConfigStatus } from '../../api/types.ts';
import { fromRfc3339, rfc3339 } from '../../loop/time.ts';
import { isGranted, isUnavailable, keyOf, type Member } from '../member.ts';
import { runsContent } from '../relations.ts';
import { type CountedFailures, type Failures, failedStatus, retryToken } from './failures.ts';
import { isProved, type Progress } from './progress.ts';

export type RolloutState = NonNullable<KubeletConfigStatus['rollout']>;

export const defaultSoakSeconds = 600;

/** How the canaries of an object are doing. */
export interface Canaries {
  /** Names of the nodes that have, or get, the content by an approval. */
  readonly places: ReadonlySet<string>;
  readonly count: number;
  /** Milliseconds until they have soaked for long enough; undefined while they do not soak. */
  readonly left: number | undefined;
  /** Those among them that are not available. */
  readonly unavailable: readonly string[];
}

export interface ObjectRollout {
  /** To be stored; undefined for nothing. */
  readonly state: RolloutState | undefined;
  /** Whether exactly that is stored. */
  readonly isStored: boolean;
  /** Absent if there are none, or if they have proved the content. */
  readonly canaries?: Canaries;
  readonly isOnTrial: boolean;
  /** Milliseconds until the state changes although nothing happens. */
  readonly dueIn: number | undefined;
}

/** @param time the clock of the API server in milliseconds; without it no soak begins or ends */
export function rolloutOf(
  object: KubeletConfig,
  members: readonly Member[],
  progress: Progress,
  failures: Failures,
  time: number | undefined,
): ObjectRollout {
  const content = contentOf(object);
  const before = object.status?.rollout?.content === content ? object.status.rollout : undefined;
  const counted = failures.counted.get(keyOf(object.metadata));
  const isOnTrial = onTrial(object, members, counted, before, failures.retried.has(object));
  const canary = before?.provenAt === undefined ? canariesOf(object, members, progress, before, time) : undefined;
  const retried = retriedOf(object, failures);
  const proven = before?.provenAt ?? canary?.provenAt;
  const failed = counted && failedStatus(counted);
  const isPlain = canary?.id === undefined && proven === undefined && !failed && retried === undefined && !isOnTrial;
  const state: RolloutState | undefined = isPlain
    ? undefined
    : {
        content,
        ...(proven === undefined && canary?.id !== undefined && { canaries: canary.id }),
        ...(proven === undefined && canary?.soakSince !== undefined && { soakSince: canary.soakSince }),
        ...(proven !== undefined && { provenAt: proven }),
        ...(failed && { failed }),
        ...(retried !== undefined && { retried }),
        ...(isOnTrial && { onTrial: true }),
      };
  const isStored = isDeepStrictEqual(object.status?.rollout, state);
  return { state, isStored, ...(canary && { canaries: canary.canaries }), isOnTrial, dueIn: canary?.canaries.left };
}

interface Soak {
  readonly canaries: Canaries;
  readonly id: string | undefined;
  readonly soakSince: string | undefined;
  readonly provenAt: string | undefined;
}

function canariesOf(
  object: KubeletConfig,
  members: readonly Member[],
  progress: Progress,
  before: RolloutState | undefined,
  time: number | undefined,
): Soak | undefined {
  const { canary } = object.spec.rollout ?? {};
  if (canary === undefined) return undefined;
  const { count = 1, soakSeconds = defaultSoakSeconds } = canary;
  const inFlight = progress.inFlight(object);
  const takers = members.filter((member) => hasPlace(member) && runsContent(object, member));
  const places = new Set([...takers.map(({ name }) => name), ...inFlight]);
  const unavailable = takers.filter(isUnavailable).map(({ name }) => name);
  const isQuiet = inFlight.size === 0 && unavailable.length === 0 && !takers.some(isChanging);
  const soaks = takers.length >= count && isQuiet && time !== undefined;
  if (!soaks)
    return {
      canaries: { places, count, left: undefined, unavailable },
      id: undefined,
      soakSince: undefined,
      provenAt: undefined,
    };
  const id = contentId(takers.map(({ node }) => node?.uid).sort());
  const known = before?.canaries === id && before.soakSince !== undefined ? fromRfc3339(before.soakSince) : undefined;
  // A beginning in the future is no beginning: the clock of the API server was put back.
  const since = known === undefined || known > time ? time : known;
  const left = Math.max(0, since + soakSeconds * 1_000 - time);
  const provenAt = left === 0 ? rfc3339(time) : undefined;
  return { canaries: { places, count, left, unavailable }, id, soakSince: rfc3339(since), provenAt };
}

/**
 * Whether the node got its last approval in a place of the rollout, also if that was taken back since. It
 * keeps the place while it changes for another object.
 */
function hasPlace({ node, nodeKubelet }: Member): boolean {
  const approval = nodeKubelet?.spec?.approval;
  return node !== undefined && approval !== undefined && (approval.place ?? 'Rollout') === 'Rollout';
}

function isChanging({ nodeKubelet }: Member): boolean {
  return nodeKubelet !== undefined && isGranted(nodeKubelet);
}

/** After a retry one node at a time, until one has proved the content, or none is left that could. */
function onTrial(
  object: KubeletConfig,
  members: readonly Member[],
  counted: CountedFailures | undefined,
  before: RolloutState | undefined,
  isRetried: boolean,
): boolean {
  if (counted === undefined || (!isRetried && before?.onTrial !== true)) return false;
  const tries = members.filter(({ nodeKubelet }) => nodeKubelet?.spec?.retry !== undefined);
  const isOpen = (member: Member) => [...counted.seen.values()].some(({ node }) => node === member.name);
  return tries.some(isOpen) && !tries.some((member) => isProved(member) && runsContent(object, member));
}

/** The retry that was passed on last; it outlives the content. */
function retriedOf(object: KubeletConfig, { retried }: Failures): string | undefined {
  const asked = object.metadata.annotations?.[retryAnnotation];
  return asked !== undefined && retried.has(object) ? retryToken(asked) : object.status?.rollout?.retried;
}
