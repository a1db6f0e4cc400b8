import { describe, expect, test } from 'vitest';
import { Deadline, DeadlineError, orAborted, withDeadline } from '../../src/loop/deadline.ts';
import { manualClock } from '../fakes/clock.ts';

const never = () => new Promise<never>(() => undefined);

/** What the promise rejects with, once it does. */
function rejection(promise: Promise<unknown>): { error: unknown } {
  const seen: { error: unknown } = { error: undefined };
  promise.catch((error: unknown) => {
    seen.error = error;
  });
  return seen;
}

describe('withDeadline', () => {
  test('gives what the work gives, and leaves no timer behind', async () => {
    const clock = manualClock();
    await expect(withDeadline(1000, async () => 'done', { clock })).resolves.toBe('done');
    await clock.advance(0);
    expect(clock.sleepers).toBe(0);
  });

  test('throws what the work throws, and leaves no timer behind', async () => {
    const clock = manualClock();
    const broken = new Error('broken');
    await expect(withDeadline(1000, () => Promise.reject(broken), { clock })).rejects.toBe(broken);
    await clock.advance(0);
    expect(clock.sleepers).toBe(0);
  });

  test('many pieces of work may wait for one signal: Node.js warns of nothing', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const gone = new AbortController();
    const work = Array.from({ length: 50 }, () => withDeadline(1000, never, { signals: [gone.signal] }));
    gone.abort(new Error('gone'));
    const ends = await Promise.allSettled(work);
    // A warning is emitted on the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('rejects at the deadline and not before, even if the work does not heed its signal', async () => {
    const clock = manualClock();
    let heard: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      heard = signal;
      return never();
    };
    const seen = rejection(withDeadline(1000, work, { clock }));
    await clock.advance(999);
    expect(heard?.aborted).toBe(false);
    await clock.advance(1);
    expect(seen.error).toEqual(new DeadlineError(1000));
    expect(seen.error).toMatchObject({ message: 'no answer within 1000 ms', milliseconds: 1000 });
    expect(heard?.reason).toBe(seen.error);
  });

  test('work that fails after the deadline fails unheard', async () => {
    const clock = manualClock();
    const work = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => setImmediate(() => reject(new Error('aborted'))));
      });
    const seen = rejection(withDeadline(1000, work, { clock }));
    await clock.advance(1000);
    await clock.advance(0);
    expect(seen.error).toBeInstanceOf(DeadlineError);
  });

  test.each([0, 1])('ends early with the reason of signal %i', async (index) => {
    const clock = manualClock();
    const callers = [new AbortController(), new AbortController()];
    const seen = rejection(withDeadline(1000, never, { clock, signals: [undefined, ...callers.map(({ signal }) => signal)] }));
    const reason = new Error('no longer needed');
    callers[index]?.abort(reason);
    await clock.advance(0);
    expect(seen.error).toBe(reason);
    expect(clock.sleepers).toBe(0);
  });

  test('does not begin if a signal was aborted before', async () => {
    const clock = manualClock();
    const reason = new Error('no longer needed');
    const work = () => Promise.reject(new Error('this must not run'));
    await expect(withDeadline(1000, work, { clock, signals: [AbortSignal.abort(reason)] })).rejects.toBe(reason);
    expect(clock.sleepers).toBe(0);
  });
});

describe('a Deadline', () => {
  test('that is set anew counts from then on', async () => {
    const clock = manualClock();
    const deadline = new Deadline({ clock });
    deadline.set(1000);
    await clock.advance(900);
    deadline.set(500);
    await clock.advance(499);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.reason).toEqual(new DeadlineError(500));
  });

  test('that has ended aborts nothing, whatever happens later', async () => {
    const clock = manualClock();
    const caller = new AbortController();
    const deadline = new Deadline({ clock, signals: [caller.signal] });
    deadline.set(1000);
    deadline.end();
    caller.abort();
    await clock.advance(2000);
    expect(deadline.signal.aborted).toBe(false);
    expect(clock.sleepers).toBe(0);
  });

  test('with a real clock, too', async () => {
    await expect(withDeadline(1, never)).rejects.toEqual(new DeadlineError(1));
  });
});

describe('orAborted', () => {
  test('gives the result that comes first', async () => {
    const caller = new AbortController();
    await expect(orAborted(caller.signal, Promise.resolve(1))).resolves.toBe(1);
    const pending = orAborted(caller.signal, never());
    caller.abort('enough');
    await expect(pending).rejects.toBe('enough');
    await expect(orAborted(caller.signal, Promise.resolve(1))).rejects.toBe('enough');
  });
});
