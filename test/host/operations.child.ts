/**
 * Carries out file operations that it gets as JSON, and prints one line of JSON for each outcome. A process
 * of its own, so that a test can kill it, run it as another user, or run it among other mounts.
 */

import { openHostFiles } from '../../src/host/files.ts';
import { HostFileError, type HostFiles } from '../../src/node/ports/files.ts';
import type { Operation, Outcome, Work } from './operations.ts';

const work = JSON.parse(process.argv[2] ?? '') as Work;
const files = openHostFiles(work.root, { ownership: work.ownership ?? 'Exact' });

async function act(
  host: HostFiles,
  { method, path, size = 1, letter = 'x', owner = { uid: 0, gid: 0 } }: Operation,
): Promise<unknown> {
  const file = { ...owner, mode: 0o644, content: Buffer.alloc(size, letter) };
  switch (method) {
    case 'write':
      return host.write(path, file);
    case 'check':
      return host.check(path, file);
    case 'read': {
      const state = await host.read(path);
      return state.kind === 'File' ? { ...state, content: state.content.length } : state;
    }
    case 'list':
      return host.list(path);
    case 'remove':
      return host.remove(path);
    default:
      return method satisfies never;
  }
}

async function outcomeOf(operation: Operation): Promise<Outcome> {
  try {
    return { done: (await act(files, operation)) ?? null };
  } catch (error) {
    if (error instanceof HostFileError) return { code: error.code, message: error.message, remedy: error.remedy };
    return { code: 'Unexpected', message: String(error), remedy: '' };
  }
}

do {
  for (const operation of work.operations) process.stdout.write(`${JSON.stringify(await outcomeOf(operation))}\n`);
} while (work.forever);
