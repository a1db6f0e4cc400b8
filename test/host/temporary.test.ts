/** How a file becomes durable, and when it is refused before that: what a power cut would show. */

import { closeSync, constants, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFile, replaceFile, replaceSymlink } from '../../src/host/temporary.ts';
import type { Place } from '../../src/host/walk.ts';
import type { NewFile } from '../../src/node/ports/files.ts';
import { type Scratch, scratchRoot } from './scratch.ts';

let world: Scratch;
let file: NewFile;
beforeEach(() => {
  world = scratchRoot();
  file = { ...world.owner, mode: 0o4750, content: Buffer.from('new') };
});
afterEach(() => {
  vi.restoreAllMocks();
  world.end();
});

/** Lets each method of open files write its name down before it does its work. */
async function observedCalls(): Promise<string[]> {
  const handle = await open('/dev/null');
  const methods: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const calls: string[] = [];
  for (const name of ['chown', 'chmod', 'writeFile', 'sync'] as const) {
    const method: (...words: never[]) => unknown = methods[name];
    vi.spyOn(methods, name).mockImplementation(function (this: FileHandle, ...words: never[]) {
      calls.push(name);
      return method.apply(this, words) as never;
    });
  }
  return calls;
}

describe('a new file', () => {
  test('gets its owner and its mode before its bytes, and its bytes reach the disk', async () => {
    const calls = await observedCalls();
    await createFile(world.at('/etc/f'), file);
    // The write may take the setuid bit away, so it is set once more.
    expect(calls).toEqual(['chown', 'chmod', 'writeFile', 'chmod', 'sync']);
    expect(statSync(world.at('/etc/f')).mode & 0o7777).toBe(0o4750);
  });

  test('takes the place of nothing that is there already, also of no symlink', async () => {
    world.put('/etc/f', 'old');
    world.putSymlink('/etc/link', 'nowhere');
    for (const path of ['/etc/f', '/etc/link'])
      await expect(createFile(world.at(path), file)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(world.at('/etc/f'), 'utf8')).toBe('old');
  });
});

describe('a directory that cannot be flushed', () => {
  /** O_PATH: names are found in it, and fsync(2) refuses it. */
  const pathOnly = 0o10000000;
  let place: Place;
  beforeEach(() => {
    world.put('/etc/f', 'old');
    const directory = openSync(world.at('/etc'), pathOnly | constants.O_DIRECTORY);
    place = { directory, names: ['etc'], missing: [], path: '/etc/f', name: 'f' };
  });
  afterEach(() => closeSync(place.directory));

  test('is told after the rename of a file: the name might be lost', async () => {
    await expect(replaceFile(place, file)).rejects.toMatchObject({ message: expect.stringContaining('/etc/f') });
    expect(readFileSync(world.at('/etc/f'), 'utf8')).toBe('new');
    expect(readdirSync(world.at('/etc'))).toEqual(['f']);
  });

  test('is told after the rename of a symlink', async () => {
    await expect(replaceSymlink(place, 'target')).rejects.toMatchObject({ message: expect.stringContaining('/etc/f') });
    expect(readdirSync(world.at('/etc'))).toEqual(['f']);
  });
});

/** As large as no disk is. Only its length is looked at. */
const huge = { length: Number.MAX_SAFE_INTEGER } as Buffer;

test('a file for which there is no room is refused by a check', async () => {
  await expect(world.files.check('/etc/f', { ...file, content: huge })).rejects.toMatchObject({ code: 'NoSpace' });
  await expect(world.files.check('/new/directory/f', { ...file, content: huge })).rejects.toMatchObject({ code: 'NoSpace' });
  await world.files.check('/etc/f', file);
});
