/** The real files and those in memory, side by side: tests of the node layer rely on the ones in memory. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostFileError, type HostFiles, type NewFile } from '../../src/node/ports/files.ts';
import { memoryFiles } from '../fakes/files.ts';
import { generatedSlow } from '../runs.ts';
import { scratchRoot } from './scratch.ts';

describe('the one in memory and the real one', () => {
  const name = fc.constantFrom('a', 'b', 'c', '..');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
  const target = fc.constantFrom('/a', 'b', '../b', '../../c', '/a/b', 'a/../c', '.', '/dev/null');
  const operation = fc.oneof(
    fc.tuple(
      fc.constantFrom(
        'read',
        'list',
        'remove',
        'removeDirectory',
        'removeTree',
        'checkRemove',
        'identity',
        'changedAt',
        'resolve',
      ),
      path,
      path,
    ),
    fc.tuple(fc.constantFrom('write', 'check', 'makeDirectory', 'rename'), path, path),
    fc.tuple(fc.constant('link'), path, target),
  );

  /** What a caller sees: a value, or the code of the error. */
  async function outcome(files: HostFiles, owner: { uid: number; gid: number }, [method, at, other]: [string, string, string]) {
    const file: NewFile = { ...owner, mode: 0o644, content: Buffer.from(other) };
    const acts: Record<string, () => Promise<unknown>> = {
      read: async () => {
        const state = await files.read(at);
        return state.kind === 'File' ? state.content.toString() : state;
      },
      list: () => files.list(at),
      remove: () => files.remove(at),
      removeDirectory: () => files.removeDirectory(at),
      removeTree: () => files.removeTree(at),
      checkRemove: () => files.check(at, undefined),
      identity: async () => (await files.identity(at)) !== undefined,
      changedAt: async () => (await files.changedAt?.(at)) !== undefined,
      resolve: () => files.resolve(at),
      write: () => files.write(at, file),
      check: () => files.check(at, file),
      makeDirectory: () => files.makeDirectory(at, 0o755),
      rename: () => files.rename(at, other),
      link: () => files.link(at, other),
    };
    try {
      return await acts[method]?.();
    } catch (error) {
      return error instanceof HostFileError ? error.code : error;
    }
  }

  test('behave alike in any sequence of calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
        const world = scratchRoot();
        const memory = memoryFiles();
        try {
          for (const one of operations) {
            const [real, fake] = [await outcome(world.files, world.owner, one), await outcome(memory, world.owner, one)];
            expect(fake, JSON.stringify(one)).toEqual(real);
          }
          expect(readdirSync(join(world.root, '..'))).toEqual(['root']);
        } finally {
          world.end();
        }
      }),
      { numRuns: generatedSlow },
    );
  });
});
