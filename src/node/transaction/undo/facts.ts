/** Looks on the host for what an undo will have to know: before the first touch, since afterwards it cannot be seen any more. */

import type { TransactionRecord } from '../../model/record.ts';
import { HostFileError, type HostFiles } from '../../ports/files.ts';
import { linkedPath, symlinkLimit } from '../../ports/follow-links.ts';
import { linkDirectories, unitLinks } from '../../ports/unit-links.ts';
import type { UndoFacts } from './manifest.ts';

export async function undoFacts(record: TransactionRecord, files: HostFiles): Promise<UndoFacts> {
  const places = new Map<string, string>();
  const missing = new Set<string>();
  for (const { path } of record.stateFiles ?? []) places.set(path, (await wayTo(files, path)).place);
  for (const { path } of record.files) {
    const way = await wayTo(files, path);
    places.set(path, way.place);
    for (const directory of way.missing) missing.add(directory);
  }
  const links = await unitLinks(files, record.unit.name);
  return { record, links, linkDirectories: await linkDirectories(files), places, missingDirectories: [...missing] };
}

/** Directories that are not there yet, on the way to any of these paths. */
export async function missingOnTheWay(paths: readonly string[], files: HostFiles): Promise<string[]> {
  const missing = new Set<string>();
  for (const path of paths) for (const directory of (await wayTo(files, path)).missing) missing.add(directory);
  return [...missing];
}

interface Way {
  readonly place: string;
  /** Directories on the way, the outermost first. */
  readonly missing: readonly string[];
}

/** Follows the symlinks on the way inside the host's root, and none at the end. Whoever writes there has been told already of a loop, or of a way out of the root. */
async function wayTo(files: HostFiles, path: string): Promise<Way> {
  let ahead = namesOf(path);
  let place = '';
  for (let symlinks = 0; ahead.length > 1; ) {
    const [name = '', ...others] = ahead;
    if (name === '..') {
      place = place.slice(0, place.lastIndexOf('/'));
      ahead = others;
      continue;
    }
    const next = `${place}/${name}`;
    const found = await kindOf(files, next);
    if (typeof found === 'object') {
      symlinks += 1;
      if (symlinks > symlinkLimit) return { place: path, missing: [] };
      const linked = linkedPath(next, found.target);
      ahead = [...namesOf(linked), ...others];
      place = '';
      continue;
    }
    if (found === 'Absent') {
      const directories = ahead.slice(0, -1).map((_, index) => `${place}/${ahead.slice(0, index + 1).join('/')}`);
      return { place: `${place}/${ahead.join('/')}`, missing: directories };
    }
    place = next;
    ahead = others;
  }
  return { place: `${place}/${ahead.join('/')}`, missing: [] };
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

async function kindOf(files: HostFiles, path: string): Promise<'Absent' | 'Directory' | { readonly target: string }> {
  try {
    const state = await files.read(path);
    if (state.kind === 'Symlink') return state;
    return state.kind === 'Absent' ? 'Absent' : 'Directory';
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return 'Directory';
    throw error;
  }
}
