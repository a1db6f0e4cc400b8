import { expect, test } from 'vitest';
import { Flapping, longestRest } from '../../src/loop/flapping.ts';

const storm = () => new Flapping({ most: 3, windowMilliseconds: 1000, restMilliseconds: 100 });

test('what happens seldom is no storm', () => {
  const calm = storm();
  for (let now = 0; now < 10_000; now += 500) calm.count('a', now);
  expect(calm.rest('a', 10_000)).toBe(0);
});

test('three times within a second are one, for this and nothing else', () => {
  const wild = storm();
  for (const now of [0, 10, 20]) wild.count('a', now);
  expect(wild.rest('a', 20)).toBe(100);
  expect(wild.rest('b', 20)).toBe(0);
  expect(wild.resting(119)).toEqual(['a']);
  expect(wild.resting(120)).toEqual([]);
});

test('each rest is twice as long as the one before, up to five minutes', () => {
  const wild = storm();
  for (const now of [0, 0, 0]) wild.count('a', now);
  let now = 0;
  const rests = Array.from({ length: 14 }, () => {
    const rest = wild.rest('a', now);
    now += rest;
    wild.count('a', now);
    return rest;
  });
  expect(rests.slice(0, 4)).toEqual([100, 200, 400, 800]);
  expect(rests.at(-1)).toBe(longestRest);
});

test('after a while of peace it begins anew', () => {
  const wild = storm();
  for (const now of [0, 0, 0]) wild.count('a', now);
  wild.count('a', 1_100);
  expect(wild.rest('a', 1_100)).toBe(0);
});
