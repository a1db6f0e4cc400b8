/** What is said of one object in its conditions, and why nodes wait. Pure. */

import type { Member } from './member.ts';
import { describeWaiting, type Waiting } from './plan/waiting.ts';
import { listed, nodes } from './words.ts';

export interface Finding {
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

export interface Findings {
  /** The rollout cannot go on without a person. */
  readonly stalled: Finding | undefined;
  /** Nodes change now, or will when it is their turn. */
  readonly reconciling: Finding | undefined;
  /** The message if neither of the others holds. */
  readonly ready: Finding;
}

export type WaitingNodes = ReadonlyMap<Member, Waiting>;

/** The reason of a condition for what keeps all waiting nodes. */
const reasons: Readonly<Record<Waiting['kind'], string>> = {
  NodeGone: 'RollingOut',
  AgentMissing: 'RollingOut',
  OutOfStep: 'RollingOut',
  Recording: 'RollingOut',
  Stopped: 'RollingOut',
  Refused: 'RollingOut',
  Paused: 'Paused',
  DryRun: 'DryRun',
  Window: 'WaitingForWindow',
  Respected: 'WaitingForMaintenance',
  Manual: 'WaitingForPerson',
  Canary: 'WaitingForCanaries',
  Batch: 'RollingOut',
  Topology: 'RollingOut',
  NotDrained: 'NotDrained',
  NoRoom: 'WaitingForApproval',
};

/**
 * Why none of the waiting nodes can be granted, if no change that is under way will make room. The reason
 * that most of them have is told, since it is the one to do something about.
 */
export function heldUp(asking: readonly Member[], waiting: WaitingNodes): Finding | undefined {
  const found = asking.map((member) => waiting.get(member)).filter((reason) => reason !== undefined);
  if (found.length === 0 || found.length < asking.length) return undefined;
  if (found.some((reason) => reason.kind === 'NoRoom' && reason.budget.granted.size > 0)) return undefined;
  const [main] = mostFrequent(found);
  if (main === undefined || reasons[main.kind] === 'RollingOut') return undefined;
  const others = found.filter(({ kind }) => kind !== main.kind).length;
  const who = others === 0 ? 'They wait, because' : `${nodes(found.length - others)} of them wait, because`;
  return { reason: reasons[main.kind], message: `${who} ${describeWaiting(main)}.${adviceFor(main)}${toChange(asking, main)}` };
}

function adviceFor(waiting: Waiting): string {
  if (waiting.kind !== 'NoRoom') return '';
  return ' Bring these nodes back, delete the Nodes that are gone for good, or raise maxUnavailable.';
}

/** A dry run says which nodes would be changed, and in which order. */
function toChange(asking: readonly Member[], { kind }: Waiting): string {
  return kind === 'DryRun' ? ` Without it these would change, in this order: ${listed(asking)}.` : '';
}

function mostFrequent(found: readonly Waiting[]): Waiting[] {
  const counts = new Map<Waiting['kind'], number>();
  for (const { kind } of found) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...found].sort((a, b) => (counts.get(b.kind) ?? 0) - (counts.get(a.kind) ?? 0));
}

/** A person keeps these nodes as they are: a reason to wait, and no failure (design F8). */
export function heldNodes(held: readonly Member[]): Finding {
  const message = `Held by a person: ${listed(held)}. kubectl describe nodekubelet ${held[0]?.name} says by whom, and how to release it.`;
  return { reason: 'Held', message };
}
