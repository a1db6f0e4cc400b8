/**
 * How much of each sweep is run, and how many cases each law is tried on: a sample in the unit tier, everything in
 * `npm run test:sweeps`, which runs the same files with SWEEPS=whole. These numbers stand nowhere else.
 */

const isWhole = process.env['SWEEPS'] === 'whole';

/** Generated cases of a law that costs microseconds each. `setup.ts` makes this fast-check's default. */
export const generated = isWhole ? 5_000 : 100;

/** Generated cases of a law that costs a millisecond or more each. */
export const generatedSlow = isWhole ? 1_000 : 25;

/** Generated cases of a law that starts a program for each. */
export const generatedProcesses = isWhole ? 200 : 6;

/** How often a race between two processes is run. */
export const races = isWhole ? 50 : 3;

/** Short runs of the simulator of the fleet: each takes a tenth of a second of processor time. */
export const schedulesOfAFleet = isWhole ? 2_000 : 12;

/** Random orders in which the agents of a rollout act. */
export const seededOrders = isWhole ? 100 : 2;

/** Nodes of a rollout against the API server of the tests. */
export const nodesOfAFleet = isWhole ? 200 : 40;

/**
 * The distance between two points of a sweep over system calls in the chaos tier, which takes hours: every point, or with CHAOS_STRIDE=7 each
 * seventh.
 */
export const chaosStride = Number(process.env['CHAOS_STRIDE'] ?? 1);

/** The first of those points: with CHAOS_FIRST=200 a sweep that was stopped goes on there. */
export const chaosFirst = Number(process.env['CHAOS_FIRST'] ?? 1);

/** @returns how large an input is against which a reader or a validator must hold out: a tenth of `size` in the unit tier */
export const largeness = (size: number): number => (isWhole ? size : size / 10);

/** @returns every case in the sweeps; in the unit tier `count` of them, evenly spread, with the first and the last. */
export function sampleOf<Case>(cases: readonly Case[], count: number): readonly Case[] {
  if (isWhole || cases.length <= count) return cases;
  const picked = Array.from({ length: count }, (_, index) => Math.round((index * (cases.length - 1)) / Math.max(1, count - 1)));
  return cases.filter((_, index) => picked.includes(index));
}

/** @returns the distance between two points of a sweep that are tried: 1 in the sweeps, `distance` in the unit tier. */
export const strideOf = (distance: number): number => (isWhole ? 1 : distance);
