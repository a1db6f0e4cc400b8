/**
 * The protocol of the fleet, proved over the real code: the planner, its memory, the ruling of the agent and
 * its judgement of an approval decide; the explorer tries every order in which two controllers, the agents,
 * the API server and what is under way between them can take their steps. `npm run test:sweeps` tries the
 * large worlds too, and prints a table.
 */

import { afterAll, describe, expect, test } from 'vitest';
import { sampleOf } from '../../runs.ts';
import { sample, whole } from './cases.ts';
import { type Exploration, explore } from './explore.ts';
import { costlyMutants, furtherMutants, mutants } from './mutants.ts';
import type { World } from './steps.ts';

const rows: string[] = [];

afterAll(() => {
  // A sample has nothing to tell.
  if (sampleOf(whole, 0).length > 0) process.stdout.write(`${rows.join('\n')}\n`);
});

/** `2 nodes, 1 at once, 1 request each: 2 take, 1 crash`. */
function nameOf({ nodes, most, requests, faults }: World): string {
  const listed = Object.entries(faults).map(([fault, count]) => `${count} ${fault}`);
  return `${nodes} nodes, ${most} at once, ${requests} requests each: ${listed.join(', ') || 'no fault'}`;
}

function note(name: string, { states, transitions, milliseconds, result, trace }: Exploration): void {
  const found = trace.length > 0 ? `${result} (${trace.length} steps)` : result;
  rows.push(`| ${name} | ${states} | ${transitions} | ${Math.round(milliseconds / 100) / 10} s | ${found} |`);
}

describe('no order of steps breaks a promise, and from every state the end can be reached', () => {
  const cases = [...sample, ...sampleOf(whole, 0)].map((one) => ({ ...one, name: nameOf(one.world) }));
  test.each(cases)('$name', ({ name, world, states, transitions }) => {
    const found = explore(world);
    note(name, found);
    expect(found.trace).toEqual([]);
    expect(found.result).toBe('safe and live');
    if (states !== undefined) expect(found).toMatchObject({ states, transitions });
  });
});

describe('is caught:', () => {
  test.each([...mutants, ...furtherMutants, ...sampleOf(costlyMutants, 0)])('$name', ({ name, world, caught, steps }) => {
    const found = explore(world);
    note(name, found);
    expect(`${found.result} (${found.trace.length} steps)`).toBe(`${caught} (${steps} steps)`);
  });
});
