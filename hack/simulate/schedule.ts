/** A short run with few nodes in which a lot goes wrong, made from a seed alone: many of them find what one long run does not. */

import { seededRandom } from './random.ts';
import { type FaultKind, faultKinds, type Settings } from './settings.ts';

const laterKinds: readonly FaultKind[] = ['RetryAsked', 'ObjectDeleted', 'ApprovedByHand'];
const earlierKinds = faultKinds.filter((kind) => !laterKinds.includes(kind));

export function scheduleOf(seed: number): Settings {
  const random = seededRandom(seed).fork('schedule');
  const kinds = earlierKinds.filter(() => random.chance(0.35));
  // Drawn apart, so that a seed still means what it meant before there were these.
  const more = seededRandom(seed).fork('later kinds');
  const isManual = more.chance(0.15);
  const later = laterKinds.filter((kind) => (kind === 'ApprovedByHand' ? isManual : more.chance(0.25)));
  return {
    seed,
    nodes: random.integer(2, 6),
    objects: random.integer(1, 2),
    controllers: random.integer(1, 2),
    minutes: random.integer(2, 12),
    patience: 60,
    maxUnavailable: random.pick([1, 1, 2, 3, '34%', '60%']) ?? 1,
    maxFailures: random.integer(1, 2),
    canary: random.chance(0.4) ? { count: random.integer(1, 2), soakSeconds: random.pick([0, 20, 120]) ?? 0 } : undefined,
    batches: random.chance(0.5) ? 'Full' : 'Doubling',
    failRate: random.pick([0, 0, 0, 0.3, 1]) ?? 0,
    slowRate: 0.2,
    faults: Object.fromEntries([
      ...kinds.map((kind) => [kind, random.between(6, 60)]),
      ...later.map((kind) => [kind, more.between(6, 40)]),
    ]),
    lostAnswers: random.pick([0, 0.01, 0.1]) ?? 0,
    lateRequests: random.pick([0, 0.01, 0.1]) ?? 0,
    isManual,
    taintsNewNodes: more.chance(0.5),
    windows: more.chance(0.15) ? { every: 15, open: 10 } : undefined,
  };
}
