import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { debounce } from '../../src/loop/debounce.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function counted() {
  const call = vi.fn();
  const { signal, cancel } = debounce(call, { longestMilliseconds: 2000 });
  return { call, cancel, signal: (quietMilliseconds = 200) => signal(quietMilliseconds) };
}

test('a burst is one call, when it is quiet', () => {
  const { call, signal } = counted();
  for (let time = 0; time < 1000; time += 100) {
    signal();
    vi.advanceTimersByTime(100);
  }
  expect(call).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(100);
  expect(call).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(call).toHaveBeenCalledTimes(1);
});

test("who asks for a short wait gets it, but shortens nobody else's", () => {
  const { call, signal } = counted();
  signal(25);
  vi.advanceTimersByTime(25);
  expect(call).toHaveBeenCalledTimes(1);
  signal(200);
  vi.advanceTimersByTime(100);
  signal(25);
  vi.advanceTimersByTime(99);
  expect(call).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(call).toHaveBeenCalledTimes(2);
});

test('who never rests is heard every two seconds', () => {
  const { call, signal } = counted();
  for (let time = 0; time < 10_000; time += 100) {
    signal();
    vi.advanceTimersByTime(100);
  }
  expect(call).toHaveBeenCalledTimes(5);
});

test('nothing comes after cancel, until the next signal', () => {
  const { call, signal, cancel } = counted();
  signal();
  cancel();
  vi.advanceTimersByTime(10_000);
  expect(call).toHaveBeenCalledTimes(0);
  signal();
  vi.advanceTimersByTime(200);
  expect(call).toHaveBeenCalledTimes(1);
});
