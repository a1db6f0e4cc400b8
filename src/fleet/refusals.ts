/** The objects that kubelets of the fleet would not start with. Pure. */

import type { Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';
import type { Judge, Judged } from './judge.ts';
import { isDeleting, type Member } from './member.ts';
import { runsContent } from './relations.ts';
import { nodes } from './words.ts';

/** What the kubelets of the nodes that an object selects refuse of it. */
export interface Refusal {
  /** How many nodes it selects. */
  readonly matched: number;
  /** How many of them have a kubelet that does not start with it; at least one. */
  readonly refusing: number;
  /** The same by release, most nodes first. */
  readonly releases: readonly { readonly release: string; readonly count: number }[];
  /** What the first of these releases refuses; at least one. */
  readonly errors: readonly Problem[];
}

interface Count {
  matched: number;
  readonly byRelease: Map<string, { count: number; readonly errors: readonly Problem[] }>;
}

/**
 * The objects that at least one kubelet refuses. A node counts as one that takes the object if nothing is
 * known of its kubelet, and if it runs the object already: rules are no match for a kubelet that runs.
 * @param isSound whether an object may be merged; with one that may not, a node keeps what it has
 */
export function refusalsOf(
  members: readonly Member[],
  isSound: (object: KubeletConfig) => boolean,
  judge: Judge,
): ReadonlyMap<KubeletConfig, Refusal> {
  const counts = new Map<KubeletConfig, Count>();
  const judged = judgingOnce(isSound, judge);
  for (const member of members) {
    if (!member.node) continue;
    const found = judged(member);
    for (const object of member.selecting) {
      const count = counts.get(object) ?? { matched: 0, byRelease: new Map() };
      counts.set(object, count);
      count.matched += 1;
      const errors = found?.errors.filter((problem) => problem.object === object.metadata.name) ?? [];
      if (found === undefined || errors.length === 0 || runsContent(object, member)) continue;
      const known = count.byRelease.get(found.release) ?? { count: 0, errors };
      count.byRelease.set(found.release, { ...known, count: known.count + 1 });
    }
  }
  return new Map([...counts].flatMap(([object, count]) => (count.byRelease.size > 0 ? [[object, refusalOf(count)]] : [])));
}

/** Nodes with the same labels share one list of objects, so there are few lists, and few versions. */
function judgingOnce(isSound: (object: KubeletConfig) => boolean, judge: Judge): (member: Member) => Judged | undefined {
  const known = new Map<Member['selecting'], Map<string | undefined, Judged | undefined>>();
  return ({ selecting, nodeKubelet }) => {
    const version = nodeKubelet?.status?.kubeletVersion;
    const byVersion = known.get(selecting) ?? new Map<string | undefined, Judged | undefined>();
    known.set(selecting, byVersion);
    if (!byVersion.has(version)) {
      const staying = selecting.filter((object) => !isDeleting(object));
      byVersion.set(version, staying.length > 0 && staying.every(isSound) ? judge(staying, version) : undefined);
    }
    return byVersion.get(version);
  };
}

function refusalOf({ matched, byRelease }: Count): Refusal {
  const sorted = [...byRelease].sort(([one, a], [other, b]) => b.count - a.count || (one < other ? -1 : 1));
  const releases = sorted.map(([release, { count }]) => ({ release, count }));
  const refusing = releases.reduce((sum, { count }) => sum + count, 0);
  return { matched, refusing, releases, errors: sorted[0]?.[1].errors ?? [] };
}

/** Whether no node has a kubelet that would start with it. */
export function isRefusedEverywhere({ matched, refusing }: Refusal): boolean {
  return refusing === matched;
}

const mostReleases = 3;

/** `3 of 5 nodes (kubelet 1.37 on 2, 1.36 on 1)` */
export function whoRefuses({ matched, refusing, releases }: Refusal): string {
  const shown = releases.slice(0, mostReleases).map(({ release, count }) => `${release} on ${count}`);
  const others = releases.length - shown.length;
  return `${refusing} of ${nodes(matched)} (kubelet ${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''})`;
}

/** Only some of its nodes have a kubelet that refuses it: the others may go on. */
export function refusalWarning(refusal: Refusal): Problem | undefined {
  const [first] = refusal.errors;
  if (!first) return undefined;
  const { reason, remedy, path } = first;
  const others = refusal.errors.length > 1 ? ` (and ${refusal.errors.length - 1} more)` : '';
  return {
    severity: 'warning',
    code: 'KubeletRefuses',
    path,
    reason: `${whoRefuses(refusal)} cannot run it: ${reason}${others}`,
    remedy,
  };
}
