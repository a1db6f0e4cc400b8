import { describe, expect, test } from 'vitest';
import { WakeUp } from '../../src/loop/wake-up.ts';
import { manualClock } from '../fakes/clock.ts';

/** A wait that has begun. */
function waiting(due: number | undefined) {
  const clock = manualClock();
  const wakeUp = new WakeUp();
  const stop = new AbortController();
  const state = { clock, wakeUp, stop, isOver: false };
  void wakeUp.wait(clock, due, stop.signal).then(() => {
    state.isOver = true;
  });
  return state;
}

describe('a wait ends', () => {
  test('when something is due, and not before', async () => {
    const wait = waiting(100);
    await wait.clock.advance(99);
    expect(wait.isOver).toBe(false);
    await wait.clock.advance(1);
    expect(wait.isOver).toBe(true);
  });

  test('at once for what was due before', async () => {
    const wait = waiting(-5);
    await wait.clock.advance(0);
    expect(wait.isOver).toBe(true);
  });

  test.each([undefined, 100])('when it is woken, or stopped, with %s due', async (due) => {
    const ends: ((wait: ReturnType<typeof waiting>) => void)[] = [({ wakeUp }) => wakeUp.wake(), ({ stop }) => stop.abort()];
    for (const end of ends) {
      const wait = waiting(due);
      await wait.clock.advance(1);
      expect(wait.isOver).toBe(false);
      end(wait);
      await wait.clock.advance(0);
      expect(wait.isOver).toBe(true);
      expect(wait.clock.sleepers).toBe(0);
    }
  });

  test('at once after the stop', async () => {
    const wakeUp = new WakeUp();
    await wakeUp.wait(manualClock(), undefined, AbortSignal.abort());
  });
});

test('nobody waits: a wake is not kept for later', async () => {
  const clock = manualClock();
  const wakeUp = new WakeUp();
  wakeUp.wake();
  let isOver = false;
  void wakeUp.wait(clock, undefined, new AbortController().signal).then(() => {
    isOver = true;
  });
  await clock.advance(1000);
  expect(isOver).toBe(false);
});
