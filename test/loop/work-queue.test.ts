import { describe, expect, test } from 'vitest';
import { backOff, longestDelay, shortestDelay, WorkQueue } from '../../src/loop/work-queue.ts';
import { type ManualClock, manualClock } from '../fakes/clock.ts';

interface Trial {
  readonly queue: WorkQueue<string>;
  readonly clock: ManualClock;
  /** Keys in the order in which work on them began. */
  readonly begun: string[];
  readonly delays: number[];
  /** Lets all promises settle that can settle now. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** A queue that runs, with the work that the test gives. */
function running(work: (key: string, trial: Trial) => Promise<void> | void, random = 0): Trial {
  const clock = manualClock();
  const stopping = new AbortController();
  const begun: string[] = [];
  const delays: number[] = [];
  const queue = new WorkQueue<string>({
    work: async (key) => {
      begun.push(key);
      await work(key, trial);
    },
    onError: (_key, _error, delay) => void delays.push(delay),
    clock,
    random: () => random,
  });
  const ended = queue.run(stopping.signal);
  const trial: Trial = {
    queue,
    clock,
    begun,
    delays,
    settle: () => clock.advance(0),
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
  return trial;
}

/** A promise and the call that resolves it. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const fails = () => {
  throw new Error('no');
};

test('a key that waits is there once, and keys come in their order', async () => {
  const { queue, begun, settle, stop } = running(() => undefined);
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  await settle();
  expect(begun).toEqual(['a', 'b']);
  await stop();
});

test('there is one worker: the next key waits', async () => {
  const { opened, open } = gate();
  const { queue, begun, settle, stop } = running(() => opened);
  queue.add('a');
  queue.add('b');
  await settle();
  expect(begun).toEqual(['a']);
  open();
  await settle();
  expect(begun).toEqual(['a', 'b']);
  await stop();
});

test('a key that is to come later comes then, at the earliest time that was said, or when it is added', async () => {
  const trial = running(() => undefined);
  trial.queue.addAfter('a', 3_000);
  trial.queue.addAfter('a', 2_000);
  trial.queue.addAfter('a', 4_000);
  trial.queue.addAfter('b', 5_000);
  await trial.clock.advance(1_999);
  expect(trial.begun).toEqual([]);
  await trial.clock.advance(1);
  expect(trial.begun).toEqual(['a']);
  trial.queue.add('b');
  await trial.clock.advance(10_000);
  expect(trial.begun).toEqual(['a', 'b']);
  await trial.stop();
});

test('a key that comes in while it is worked on is worked on again, once', async () => {
  const { opened, open } = gate();
  const { queue, begun, settle, stop } = running(() => opened);
  queue.add('a');
  await settle();
  queue.add('a');
  queue.add('a');
  open();
  await settle();
  expect(begun).toEqual(['a', 'a']);
  await stop();
});

describe('a pass that throws', () => {
  test('is repeated after delays that double', async () => {
    const { queue, clock, begun, delays, settle, stop } = running(fails);
    queue.add('a');
    await settle();
    expect(delays).toEqual([1000]);
    await clock.advance(999);
    expect(begun).toHaveLength(1);
    await clock.advance(1);
    expect(begun).toHaveLength(2);
    await clock.advance(2000 + 4000);
    expect(delays).toEqual([1000, 2000, 4000, 8000]);
    await stop();
  });

  test('begins anew with the shortest delay after a success', async () => {
    let isBad = true;
    const { queue, clock, delays, settle, stop } = running(() => {
      if (isBad) fails();
    });
    queue.add('a');
    await settle();
    await clock.advance(1000);
    isBad = false;
    await clock.advance(2000);
    isBad = true;
    queue.add('a');
    await settle();
    expect(delays).toEqual([1000, 2000, 1000]);
    await stop();
  });

  test('is repeated at once when something is new, and the delay is forgotten', async () => {
    let isBad = true;
    const { queue, clock, begun, settle, stop } = running(() => {
      if (isBad) fails();
    });
    queue.add('a');
    await settle();
    isBad = false;
    queue.add('a');
    await settle();
    expect(begun).toEqual(['a', 'a']);
    await clock.advance(longestDelay);
    expect(begun).toEqual(['a', 'a']);
    expect(clock.sleepers).toBe(0);
    await stop();
  });

  test('is not delayed when the key came in meanwhile', async () => {
    let passes = 0;
    const { queue, begun, settle, stop } = running((key, trial) => {
      passes += 1;
      if (passes > 1) return;
      trial.queue.add(key);
      fails();
    });
    queue.add('a');
    await settle();
    expect(begun).toEqual(['a', 'a']);
    await stop();
  });

  test('is repeated sooner where it had said so itself', async () => {
    const { queue, clock, begun, settle, stop } = running((key, trial) => {
      trial.queue.addAfter(key, 300);
      fails();
    });
    queue.add('a');
    await settle();
    await clock.advance(299);
    expect(begun).toHaveLength(1);
    await clock.advance(1);
    expect(begun).toHaveLength(2);
    await stop();
  });

  test('holds up no other key', async () => {
    const { queue, clock, begun, settle, stop } = running((key) => {
      if (key === 'bad') fails();
    });
    queue.add('bad');
    queue.add('good');
    await settle();
    expect(begun).toEqual(['bad', 'good']);
    await clock.advance(500);
    queue.add('good');
    await settle();
    expect(begun).toEqual(['bad', 'good', 'good']);
    await clock.advance(500);
    expect(begun).toEqual(['bad', 'good', 'good', 'bad']);
    await stop();
  });
});

describe('stopped', () => {
  test('while it waits, it ends at once and leaves nobody asleep', async () => {
    const { queue, clock, begun, settle, stop } = running(fails);
    queue.add('a');
    await settle();
    await stop();
    expect(clock.sleepers).toBe(0);
    await clock.advance(longestDelay);
    expect(begun).toHaveLength(1);
  });

  test('in a pass, it finishes that and begins no other', async () => {
    const { opened, open } = gate();
    const { queue, begun, settle, stop } = running(() => opened);
    queue.add('a');
    queue.add('b');
    await settle();
    const ended = stop();
    open();
    await ended;
    expect(begun).toEqual(['a']);
  });
});

test.each([
  [1, 0, shortestDelay],
  [2, 0, 2 * shortestDelay],
  [9, 0, 256_000],
  [10, 0, longestDelay],
  [1000, 0, longestDelay],
  [1, 1, shortestDelay / 2],
  [10, 0.5, longestDelay * 0.75],
])('after %i failures and at %f of chance the delay is %i ms', (failures, random, delay) => {
  expect(backOff(failures, random)).toBe(delay);
});
