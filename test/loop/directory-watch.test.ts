/** Real inotify on scratch directories. */

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DirectoryWatch, type DirectoryWatchOptions, mostForeignEvents } from '../../src/loop/directory-watch.ts';
import { eventually } from '../eventually.ts';

/** In milliseconds; no test runs so long. */
const never = 3_600_000;

function identityOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev} ${ino}`;
}

/** Watches directories for the name `ours`. What happens is noted in `notes`. */
function watching(names: readonly string[], options: Partial<DirectoryWatchOptions<string>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'kubelet-config-directory-watch-'));
  const notes: string[] = [];
  const wanted = new Set(names);
  for (const name of names) mkdirSync(join(root, name));
  const watch = new DirectoryWatch<string>({
    find: () =>
      new Map(
        [...wanted].map((name) => {
          const path = join(root, name);
          return [identityOf(path), { path, about: name, release: () => notes.push(`release ${name}`) }];
        }),
      ),
    concern: (about, name) =>
      name === undefined || name === 'ours'
        ? { isOnTheWay: false, report: () => notes.push(`${about}: ${name ?? 'gone'}`) }
        : undefined,
    mayRest: () => true,
    rested: () => notes.push('rested'),
    missed: () => notes.push('missed'),
    periodMilliseconds: never,
    ...options,
  });
  onTestFinished(() => {
    watch.close();
    rmSync(root, { recursive: true });
  });
  const noise = (name: string, events: number) => {
    // Two names in turn, because the kernel merges equal events that follow each other.
    for (let count = 0; count < events; count += 1) appendFileSync(join(root, name, `noise-${count % 2}`), 'x');
  };
  const reports = () => notes.filter((note) => !note.startsWith('release'));
  return { root, notes, reports, watch, wanted, noise };
}

test('events that concern something are reported, and no others', async () => {
  const { root, reports, watch, noise } = watching(['a', 'b']);
  watch.renew();
  noise('a', 3);
  appendFileSync(join(root, 'b', 'ours'), 'x');
  await eventually(() => expect(reports()).toContain('b: ours'));
  expect(reports()).not.toContain('a: ours');
});

test('what is found is released each time, and what is found no longer is watched no longer', () => {
  const { root, notes, watch, wanted } = watching(['a', 'b']);
  watch.renew();
  // The second round finds nothing new.
  expect(notes).toEqual(['release a', 'release b', 'release a', 'release b']);
  wanted.delete('a');
  watch.renew();
  expect(watch.has(identityOf(join(root, 'a')))).toBe(false);
  expect(watch.has(identityOf(join(root, 'b')))).toBe(true);
});

test('a directory that is removed is reported, and watched when it is made anew', async () => {
  const { root, reports, watch } = watching(['a']);
  watch.renew();
  rmSync(join(root, 'a'), { recursive: true });
  mkdirSync(join(root, 'a'));
  await eventually(() => expect(reports()).toContain('a: gone'));
  appendFileSync(join(root, 'a', 'ours'), 'x');
  await eventually(() => expect(reports()).toContain('a: ours'));
});

describe('a directory with many foreign events', () => {
  test('rests until the end of the period, and then is watched again', async () => {
    const { root, reports, watch, noise } = watching(['a'], { periodMilliseconds: 1 });
    watch.renew();
    noise('a', mostForeignEvents * 2);
    await eventually(() => expect(reports()).toContain('rested'));
    appendFileSync(join(root, 'a', 'ours'), 'x');
    await eventually(() => expect(reports()).toContain('a: ours'));
  });

  test.each([true, false])('may rest: %s', async (mayRest) => {
    const { root, reports, watch, noise } = watching(['a', 'b'], { mayRest: () => mayRest });
    watch.renew();
    noise('a', mostForeignEvents * 2);
    appendFileSync(join(root, 'b', 'ours'), 'x');
    await eventually(() => expect(reports()).toContain('b: ours'));
    expect(watch.has(identityOf(join(root, 'a')))).toBe(!mayRest);
  });
});

describe('a watch that the system refuses', () => {
  const missing = () => new Map([['0 0', { path: '/missing', about: 'missing' }]]);

  test('is tried again, and then events may have been missed', async () => {
    const { reports, watch } = watching([], { find: missing, retryMilliseconds: 1 });
    watch.renew();
    await eventually(() => expect(reports()).toContain('missed'));
  });

  test('is not tried again if it does not matter', async () => {
    const seen: string[] = [];
    const isNeedless = (about: string, code: string) => seen.push(`${about} ${code}`) > 0;
    const { reports, watch, noise } = watching(['a'], { periodMilliseconds: 50 });
    watch.renew();
    const other = watching([], { find: missing, isNeedless, retryMilliseconds: 1 });
    other.watch.renew();
    expect(seen).toEqual(['missing ENOENT']);
    // Meanwhile a period ends that is longer than the pause before a retry.
    noise('a', mostForeignEvents * 2);
    await eventually(() => expect(reports()).toContain('rested'));
    expect(other.reports()).toEqual([]);
  });
});

test('nothing comes after close', async () => {
  const { root, reports, watch } = watching(['a']);
  const other = watching(['b']);
  watch.renew();
  other.watch.renew();
  watch.close();
  appendFileSync(join(root, 'a', 'ours'), 'x');
  appendFileSync(join(other.root, 'b', 'ours'), 'x');
  await eventually(() => expect(other.reports()).toContain('b: ours'));
  expect(reports()).toEqual([]);
});

test('a directory rests of events that concern something only if its owner says so, each time twice as long', async () => {
  const storm = (path: string) => {
    for (let count = 0; count < mostForeignEvents * 2; count += 1) {
      appendFileSync(join(path, 'ours'), 'x');
      appendFileSync(join(path, 'other'), 'x');
    }
  };
  const concern = () => ({ isOnTheWay: false, report: () => undefined });
  const busy = watching(['a'], { concern });
  busy.watch.renew();
  storm(join(busy.root, 'a'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(busy.watch.has(identityOf(join(busy.root, 'a')))).toBe(true);

  const begun = performance.now();
  const ends: number[] = [];
  const resting = watching(['a'], {
    concern,
    mostOwnRest: 4,
    periodMilliseconds: 300,
    rested: () => {
      ends.push(performance.now() - begun);
      storm(join(resting.root, 'a'));
    },
  });
  resting.watch.renew();
  storm(join(resting.root, 'a'));
  await eventually(() => expect(ends.length).toBe(3));
  // One period, two, and four. A busy machine makes them longer, never shorter.
  expect(ends[2]).toBeGreaterThan(6 * 300);
});
