/** How many nodes are in which phase at one moment of a run. */

import { contentOf } from '../../src/api/content.ts';
import { isClaimed, isGranted } from '../../src/fleet/member.ts';
import { limitOfNodes } from './counting.ts';
import type { World } from './world.ts';

/** From good to bad, as they are drawn from below to above. */
export const samplePhases = ['Updated', 'Approved', 'Changing', 'Waiting', 'NotReady', 'Failed'] as const;
export type SamplePhase = (typeof samplePhases)[number];

export interface Sample {
  /** Seconds of virtual time. */
  readonly at: number;
  readonly nodes: Readonly<Record<SamplePhase, number>>;
  /** How many nodes of the first object may be unavailable. */
  readonly limit: number;
  /** Whether the canaries of the first object soak. */
  readonly isSoaking: boolean;
}

export function sampleOf(world: World): Sample {
  const nodes: Record<SamplePhase, number> = { Updated: 0, Approved: 0, Changing: 0, Waiting: 0, NotReady: 0, Failed: 0 };
  const contents = new Map(world.objects().map((object) => [object.metadata.uid, contentOf(object)]));
  for (const { machine } of world.hosts.values()) nodes[phaseOf(world, machine.name, contents)] += 1;
  const [first] = world.objects();
  const { rollout } = first?.status ?? {};
  const limit = limitOfNodes(first?.spec.rollout?.maxUnavailable, world.hosts.size);
  const isSoaking = rollout?.soakSince !== undefined && rollout.provenAt === undefined;
  return { at: Math.round(world.timers.now() / 1_000), nodes, limit, isSoaking };
}

function phaseOf(world: World, name: string, contents: ReadonlyMap<string | undefined, string>): SamplePhase {
  const stored = world.nodeKubelet(name);
  if (stored && isClaimed(stored)) return 'Changing';
  if (stored?.status?.phase === 'Failed') return 'Failed';
  const isReady = world.node(name)?.status?.conditions?.some(({ status }) => status === 'True') ?? false;
  if (!isReady) return 'NotReady';
  if (stored && isGranted(stored)) return 'Approved';
  const inputs = stored?.status?.inputs ?? [];
  const isUpdated = inputs.length > 0 && inputs.every(({ uid, content }) => contents.get(uid) === content);
  return isUpdated ? 'Updated' : 'Waiting';
}
