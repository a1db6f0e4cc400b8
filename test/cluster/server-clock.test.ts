import { expect, test } from 'vitest';
import { ServerClock } from '../../src/cluster/server-clock.ts';
import { manualClock } from '../fakes/clock.ts';

const date = 'Sat, 31 Jan 2026 09:00:00 GMT';
const at = Date.parse('2026-01-31T09:00:00Z');

test('is unknown before any answer', () => {
  expect(new ServerClock(manualClock()).now()).toBeUndefined();
});

test('goes on from the last answer by the monotonic clock', async () => {
  const clock = manualClock(5_000);
  const server = new ServerClock(clock);
  server.answered(date);
  await clock.advance(1_500);
  expect(server.now()).toBe(at + 1_500);
  server.answered('Sat, 31 Jan 2026 08:59:59 GMT');
  expect(server.now()).toBe(at - 1_000);
});

test.each([undefined, '', 'soon'])('an answer with the date %j changes nothing', async (wrong) => {
  const clock = manualClock();
  const server = new ServerClock(clock);
  server.answered(wrong);
  expect(server.now()).toBeUndefined();
  server.answered(date);
  await clock.advance(10);
  server.answered(wrong);
  expect(server.now()).toBe(at + 10);
});
