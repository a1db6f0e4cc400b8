/**
 * Reads from the host what an undo has to know. That must happen before the first touch, which changes it.
 */

import type { TransactionRecord } from '../../model/record.ts';
import type { HostFiles } from '../../ports/files.ts';
import { linkDirectories, unitLinks } from '../../ports/unit-links.ts';
import type { UndoFacts } from './manifest.ts';

/**
 * Collects what the manifest of a transaction needs: real paths, missing directories, and the links of its
 * unit.
 *
 * @throws HostFileError
 */
export async function undoFacts(record: TransactionRecord, files: HostFiles): Promise<UndoFacts> {
  const places = new Map<string, string>();
  const missing = new Set<string>();
  const others = [...(record.stateFiles ?? []).map(({ path }) => path), ...(record.removedDirectories ?? [])];
  for (const path of others) places.set(path, (await files.resolve(path)).path);
  for (const { path } of record.files) {
    const resolved = await files.resolve(path);
    places.set(path, resolved.path);
    for (const directory of resolved.missing) missing.add(directory);
  }
  const links = await unitLinks(files, record.unit.name);
  return { record, links, linkDirectories: await linkDirectories(files), places, missingDirectories: [...missing] };
}

/** The paths with the symlinks on their way followed. @throws HostFileError */
export async function realPaths(paths: readonly string[], files: HostFiles): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) found.push((await files.resolve(path)).path);
  return found;
}

/** Lists the directories that do not exist yet and that these paths need. @throws HostFileError */
export async function missingOnTheWay(paths: readonly string[], files: HostFiles): Promise<string[]> {
  const missing = new Set<string>();
  for (const path of paths) for (const directory of (await files.resolve(path)).missing) missing.add(directory);
  return [...missing];
}
