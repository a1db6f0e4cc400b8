/**
 * The real file system while other processes interfere: one that is killed, one that swaps directories for
 * symlinks.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostFileError, type NewFile } from '../../src/node/ports/files.ts';
import { races } from '../runs.ts';
import { type Child, operationsChild } from './operations.ts';
import { type Scratch, scratchRoot } from './scratch.ts';

let world: Scratch;
let file: (content: string | Buffer) => NewFile;

beforeEach(() => {
  world = scratchRoot();
  file = (content) => ({ ...world.owner, mode: 0o644, content: Buffer.from(content) });
});
afterEach(() => world.end());

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('a writer that is killed', () => {
  let child: Child;
  beforeEach(() => {
    child = operationsChild();
  });
  afterEach(() => child.end());

  const size = 1024 * 1024;

  /** Kills the writer at a random time within a write. The writes before show how long one takes. */
  async function killAfter(writes: number): Promise<void> {
    const operations = ['a', 'b'].map(
      (letter) => ({ method: 'write', path: '/etc/f', size, letter, owner: world.owner }) as const,
    );
    const running = child.start({ root: world.root, operations, forever: true });
    try {
      if (!running.stdout) throw new Error('the child has no output');
      const times: number[] = [];
      for await (const line of createInterface({ input: running.stdout })) {
        expect(JSON.parse(line)).toEqual({ done: null });
        times.push(performance.now());
        if (times.length > writes) break;
      }
      const [first = 0, last = 0] = [times[0], times.at(-1)];
      await setTimeout((Math.random() * (last - first)) / writes);
    } finally {
      await killed(running);
    }
  }

  test('leaves a whole file each time, and temporary files that the next one clears away', async () => {
    let leftovers = 0;
    // If no temporary file was left behind, no kill has hit a write yet.
    for (let round = 0; round < races || leftovers === 0; round += 1) {
      await killAfter(1 + Math.floor(Math.random() * 5));
      const content = readFileSync(world.at('/etc/f'));
      const letter = content.toString('latin1', 0, 1);
      expect(content.equals(Buffer.alloc(size, letter))).toBe(true);
      leftovers += readdirSync(world.at('/etc')).length - 1;
      await world.files.check('/etc/f', file('x'));
      expect(readdirSync(world.at('/etc'))).toEqual(['f']);
    }
  });
});

describe('a directory that somebody swaps for a symlink all the time', () => {
  /** Plain JavaScript in another process: directory, symlink, directory, … */
  const swapper = `
    const fs = require('node:fs');
    const [directory, target] = process.argv.slice(1);
    process.stdout.write('ready');
    // The writer makes the directory when it is missing, which is in the way here: begin again.
    const attempt = (act) => { try { act(); return true; } catch { return false; } };
    // A write needs the directory at each of its looks, but one look at the symlink is enough to refuse.
    const pause = (milliseconds) => { for (const end = performance.now() + milliseconds; performance.now() < end; ); };
    const swap = () => {
      fs.renameSync(directory, directory + '.aside');
      fs.symlinkSync(target, directory);
      pause(0.02);
      fs.unlinkSync(directory);
      fs.renameSync(directory + '.aside', directory);
    };
    const begin = () => {
      for (const path of [directory, directory + '.aside']) fs.rmSync(path, { recursive: true, force: true });
      fs.mkdirSync(directory);
    };
    for (;;) {
      if (!attempt(swap)) while (!attempt(begin));
      pause(0.2);
    }`;

  test.each([
    ['a relative one', '../../outside'],
    ['an absolute one', '/../outside'],
  ])('never leads a writer out of the root: %s', async (_, target) => {
    const outside = join(world.root, '..', 'outside');
    mkdirSync(outside);
    mkdirSync(world.at('/etc/swapped'));
    const swapping = spawn(process.execPath, ['-e', swapper, world.at('/etc/swapped'), target], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const outcomes: Record<string, number> = {};
    try {
      if (swapping.stdout) await once(swapping.stdout, 'data');
      // Repeated until both outcomes were seen: on a busy machine the two processes seldom run at the same
      // time.
      const met = (outcome: string) => (outcomes[outcome] ?? 0) >= races;
      for (let round = 0; round < 20 * races || !met('done') || !met('LeavesRoot'); round += 1) {
        const act = round % 2 === 0 ? world.files.write('/etc/swapped/f', file('x')) : world.files.remove('/etc/swapped/f');
        const outcome = await act.then(
          () => 'done',
          (error: unknown) => (error instanceof HostFileError ? error.code : String(error)),
        );
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    } finally {
      await killed(swapping);
    }
    expect(swapping.signalCode).toBe('SIGKILL');
    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(join(world.root, '..', 'f'))).toBe(false);
  });
});
