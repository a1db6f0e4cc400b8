/**
 * Whole rollouts as stories: `__snapshots__/` holds one for each setting, for a reviewer to read. After a
 * change that is meant, `npx vitest run --project unit test/fleet/stories -u` writes them anew.
 */

import { describe, expect, test } from 'vitest';
import { seededOrders } from '../../runs.ts';
import { settings } from './settings.ts';
import { type Order, Story } from './story.ts';

const byName: Order = (names) => [...names].sort();

/** Another order in each minute, the same for the same seed. */
function shuffledBy(seed: number): Order {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (names) =>
    names
      .map((name) => ({ name, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ name }) => name);
}

describe.each(Object.entries(settings))('%s', (title, setting) => {
  test('is told', async () => {
    const told = new Story(setting(byName)).tell();
    await expect(told).toMatchFileSnapshot(`__snapshots__/${title.replaceAll(',', '').replaceAll(' ', '-')}.txt`);
  });

  test('ends well in whatever order the agents act', () => {
    const last = (story: string) =>
      story
        .split('\n')
        .flatMap((line) => /^\S+ (\S+) has changed$/.exec(line)?.[1] ?? [])
        .sort();
    const expected = last(new Story(setting(byName)).tell());
    for (let seed = 1; seed <= seededOrders; seed += 1)
      expect(last(new Story(setting(shuffledBy(seed))).tell())).toEqual(expected);
  });
});
