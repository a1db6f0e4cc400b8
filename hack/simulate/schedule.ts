/** A short run with few nodes in which a lot goes wrong, made from a seed alone: many of them find what one long run does not. */

import { seededRandom } from './random.ts';
import { faultKinds, type Settings } from './settings.ts';

export function scheduleOf(seed: number): Settings {
  const random = seededRandom(seed).fork('schedule');
  const kinds = faultKinds.filter(() => random.chance(0.35));
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
    faults: Object.fromEntries(kinds.map((kind) => [kind, random.between(6, 60)])),
    lostAnswers: random.pick([0, 0.01, 0.1]) ?? 0,
    lateRequests: random.pick([0, 0.01, 0.1]) ?? 0,
  };
}
