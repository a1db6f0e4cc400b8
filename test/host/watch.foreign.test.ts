/**
 * Other programs write in the directories on the way to a watched path: that must cost little and hide no
 * change. Real inotify.
 */

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PathWatch, watchPaths } from '../../src/host/watch.ts';
import { mostForeignEvents } from '../../src/loop/directory-watch.ts';
import { eventually } from '../eventually.ts';

const last = '/last';
/** In milliseconds; no test runs so long. */
const never = 3_600_000;

let root: string;
let told: string[];
const opened: PathWatch[] = [];

const at = (path: string) => join(root, path);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kubelet-config-watch-'));
  told = [];
});
afterEach(() => {
  for (const watch of opened.splice(0)) watch.close();
  rmSync(root, { recursive: true });
});

function startWatch(periodMilliseconds: number): PathWatch {
  const watch = watchPaths(root, { onChange: (path) => told.push(path), periodMilliseconds });
  opened.push(watch);
  return watch;
}

/**
 * Two names in turn, because the kernel merges equal events that follow each other. No event is handled
 * before an `await`.
 */
function makeNoise(directory: string, events: number): void {
  for (let count = 0; count < events; count += 1) appendFileSync(at(`${directory}/noise-${count % 2}`), 'x');
}

/** Events come in order: after the one about the last file, all earlier ones have arrived. */
async function settled(): Promise<readonly string[]> {
  writeFileSync(at(last), 'x');
  await eventually(() => expect(told).toContain(last));
  return told.filter((path) => path !== last);
}

/** Whether this process has an inotify watch on a directory; the kernel lists them by inode. */
function isWatched(path: string): boolean {
  const inode = statSync(at(path), { bigint: true }).ino.toString(16);
  const descriptors = readdirSync('/proc/self/fd').filter((descriptor) => isInotify(descriptor));
  return descriptors.some((descriptor) => readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8').includes(` ino:${inode} `));
}

function isInotify(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) === 'anon_inode:inotify';
  } catch {
    // Closed since it was listed.
    return false;
  }
}

describe('a directory with many foreign events', () => {
  beforeEach(() => {
    mkdirSync(at('/run/ours'), { recursive: true });
    makeNoise('/run', 2);
  });

  test('is not watched until the end of the period', async () => {
    const watch = startWatch(never);
    watch.watch(['/run/ours/file', last], []);
    makeNoise('/run', mostForeignEvents * 10);
    expect(await settled()).toEqual([]);
    watch.watch(['/run/ours/file', last], []);
    expect(isWatched('/run')).toBe(false);
    expect(isWatched('/run/ours')).toBe(true);
  });

  test('is watched while they are few', async () => {
    startWatch(never).watch(['/run/ours/file', last], []);
    makeNoise('/run', mostForeignEvents / 4);
    expect(await settled()).toEqual([]);
    expect(isWatched('/run')).toBe(true);
  });

  test('is watched again after the period', async () => {
    startWatch(1).watch(['/run/file', '/run/other', last], []);
    makeNoise('/run', mostForeignEvents * 2);
    appendFileSync(at('/run/file'), 'x');
    await eventually(() => expect(told).toContain('/run/file'));
    told.length = 0;
    appendFileSync(at('/run/file'), 'y');
    await eventually(() => expect(told).toContain('/run/file'));
    // Nothing happened to this one.
    expect(told).not.toContain('/run/other');
  });

  test('is always watched if every name in it counts', async () => {
    startWatch(never).watch([last], ['/run']);
    for (let count = 0; count < mostForeignEvents * 2; count += 1) appendFileSync(at(`/run/.noise-${count % 2}`), 'x');
    expect(await settled()).toEqual([]);
    expect(isWatched('/run')).toBe(true);
  });
});

/**
 * Noise and change happen at once: the events of the change come after the noise, and are lost when the
 * directory rests.
 */
describe('a change behind the noise is told:', () => {
  beforeEach(() => {
    mkdirSync(at('/run/one'), { recursive: true });
    mkdirSync(at('/run/two'));
    for (const directory of ['one', 'two']) writeFileSync(at(`/run/${directory}/file`), 'x');
    symlinkSync('one', at('/run/link'));
  });

  test.each<[string, string, () => void]>([
    ['a file comes', '/run/file', () => writeFileSync(at('/run/file'), 'x')],
    ['a file beside it is replaced', '/run/file', () => renameSync(at('/run/one/file'), at('/run/file'))],
    ['a link on the way leads elsewhere', '/run/link/file', () => replaceLink()],
    ['a directory on the way is replaced', '/run/one/file', () => replaceDirectory()],
    ['a directory on the way comes', '/run/three/file', () => renameSync(at('/run/two'), at('/run/three'))],
  ])('%s', async (_what, path, happen) => {
    const watch = startWatch(1);
    watch.watch([path, last], []);
    makeNoise('/run', mostForeignEvents * 2);
    happen();
    // A running pass asks for the same again. That must not hide the change either.
    watch.watch([path, last], []);
    await eventually(() => expect(told).toContain(path));
    told.length = 0;
    appendFileSync(at(path), 'y');
    await eventually(() => expect(told).toContain(path));
  });

  test('a directory in which every name counts comes', async () => {
    startWatch(1).watch([last], ['/run/three']);
    makeNoise('/run', mostForeignEvents * 2);
    renameSync(at('/run/two'), at('/run/three'));
    await eventually(() => expect(told).toContain('/run/three'));
  });

  const replaceLink = () => {
    symlinkSync('two', at('/run/new'));
    renameSync(at('/run/new'), at('/run/link'));
  };
  const replaceDirectory = () => {
    renameSync(at('/run/one'), at('/run/old'));
    renameSync(at('/run/two'), at('/run/one'));
  };
});

test.each(['ours/file', 'ours'])(
  'a directory that is removed and made anew is watched, also with the same inode number: %s',
  async (what) => {
    mkdirSync(at('/run/ours'), { recursive: true });
    startWatch(never).watch(what === 'ours' ? [last] : [`/run/${what}`, last], what === 'ours' ? ['/run/ours'] : []);
    rmSync(at('/run/ours'), { recursive: true });
    mkdirSync(at('/run/ours'));
    await settled();
    told.length = 0;
    appendFileSync(at('/run/ours/file'), 'x');
    await eventually(() => expect(told).toContain(`/run/${what}`));
  },
);
