/** Looks on the host for what an undo will have to know: before the first touch, since afterwards it cannot be seen any more. */

import type { TransactionRecord } from '../../model/record.ts';
import type { HostFiles } from '../../ports/files.ts';
import { linkDirectories, unitLinks } from '../../ports/unit-links.ts';
import type { UndoFacts } from './manifest.ts';

export async function undoFacts(record: TransactionRecord, files: HostFiles): Promise<UndoFacts> {
  const places = new Map<string, string>();
  const missing = new Set<string>();
  for (const { path } of record.stateFiles ?? []) places.set(path, (await files.resolve(path)).path);
  for (const { path } of record.files) {
    const resolved = await files.resolve(path);
    places.set(path, resolved.path);
    for (const directory of resolved.missing) missing.add(directory);
  }
  const links = await unitLinks(files, record.unit.name);
  return { record, links, linkDirectories: await linkDirectories(files), places, missingDirectories: [...missing] };
}

/** Directories that are not there yet, on the way to any of these paths. */
export async function missingOnTheWay(paths: readonly string[], files: HostFiles): Promise<string[]> {
  const missing = new Set<string>();
  for (const path of paths) for (const directory of (await files.resolve(path)).missing) missing.add(directory);
  return [...missing];
}
