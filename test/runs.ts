/**
 * How much of each sweep is run, and how many cases each law is tried on: a sample in the unit tier, everything in
 * the chaos tier, which runs the same files again with SWEEPS=whole (the project `sweeps` of vitest.config.ts).
 * These numbers stand nowhere else.
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

/** @returns every case in the chaos tier; in the unit tier `count` of them, evenly spread, with the first and the last. */
export function sampleOf<Case>(cases: readonly Case[], count: number): readonly Case[] {
  if (isWhole || cases.length <= count) return cases;
  const picked = Array.from({ length: count }, (_, index) => Math.round((index * (cases.length - 1)) / (count - 1)));
  return cases.filter((_, index) => picked.includes(index));
}

/** @returns the distance between two points of a sweep that are tried: 1 in the chaos tier, `distance` in the unit tier. */
export const strideOf = (distance: number): number => (isWhole ? 1 : distance);
