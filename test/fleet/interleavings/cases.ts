/** Every interleaving of these worlds is tried. The numbers say that it is still the same space. */

import type { World } from './steps.ts';

export interface Case {
  readonly world: World;
  /** Absent: not counted yet. */
  readonly states?: number;
  readonly transitions?: number;
}

function world(nodes: number, most: number, requests: number, faults: World['faults']): World {
  return { nodes, most, requests, faults };
}

/** Takes seconds, all together. */
export const sample: readonly Case[] = [
  { world: world(2, 1, 1, { take: 1 }), states: 14_551, transitions: 62_461 },
  { world: world(2, 1, 1, { crash: 1 }), states: 628, transitions: 1_292 },
  { world: world(2, 1, 1, { revoke: 1, lost: 1, down: 1 }), states: 17_023, transitions: 61_367 },
  { world: world(2, 1, 2, { agent: 1, detach: 1, edit: 1 }), states: 8_483, transitions: 20_391 },
  { world: world(2, 1, 1, { recreate: 1 }), states: 3_104, transitions: 8_474 },
  { world: world(3, 2, 1, {}), states: 1_878, transitions: 5_281 },
];

/** Takes minutes. */
export const whole: readonly Case[] = [
  { world: world(2, 1, 1, { take: 1, crash: 1 }), states: 120_171, transitions: 590_047 },
  { world: world(2, 1, 1, { take: 2, crash: 1 }), states: 473_121, transitions: 2_566_307 },
  { world: world(2, 1, 1, { take: 1, revoke: 1, crash: 1 }), states: 812_451, transitions: 4_497_485 },
  { world: world(2, 1, 1, { take: 1, lost: 1, crash: 1 }), states: 614_453, transitions: 3_383_842 },
  { world: world(2, 1, 2, { take: 1, lost: 1, revoke: 1 }), states: 622_165, transitions: 3_436_515 },
  { world: world(2, 1, 2, { take: 1, agent: 1, revoke: 1 }), states: 593_559, transitions: 3_100_841 },
  { world: world(2, 1, 2, { take: 1, edit: 1, detach: 1 }), states: 1_381_796, transitions: 7_038_498 },
  { world: world(2, 1, 2, { take: 1, down: 1 }), states: 407_692, transitions: 2_373_832 },
  { world: world(2, 1, 2, { take: 2, agent: 1 }), states: 431_108, transitions: 2_112_914 },
  { world: world(2, 1, 2, { take: 1, recreate: 1 }), states: 2_740_408, transitions: 16_859_942 },
  { world: world(2, 1, 1, { take: 1, agent: 1, recreate: 1 }) },
  { world: world(2, 2, 1, { take: 2 }) },
  { world: world(2, 2, 1, { take: 1, crash: 1 }) },
  { world: world(2, 2, 1, { take: 1, revoke: 1, detach: 1 }) },
  { world: world(2, 2, 1, { take: 1, recreate: 1 }) },
  { world: world(2, 2, 2, { take: 1, agent: 1 }) },
  { world: world(2, 2, 2, { take: 1, edit: 1 }) },
  { world: world(3, 1, 1, { take: 1 }) },
  { world: world(3, 2, 1, { take: 1 }) },
  { world: world(3, 1, 1, { take: 1, crash: 1 }) },
  { world: world(3, 2, 1, { take: 1, crash: 1 }) },
];
