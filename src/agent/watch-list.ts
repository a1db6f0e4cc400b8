/**
 * The paths that the agent watches on the host: everything that its next pass would read and somebody else
 * may change.
 */

import { holdFile } from '../node/model/hold.ts';
import type { Machine } from '../node/model/machine.ts';
import { managedFiles } from '../node/model/record.ts';
import type { HostFiles } from '../node/ports/files.ts';
import type { HostEvent, HostWatch, WatchList } from '../node/ports/host-watch.ts';
import { readJournal } from '../node/transaction/journal.ts';
import { requestFiles } from '../node/transaction/pin.ts';
import { dropInDirectories, unitPath } from '../systemd/load-path.ts';

/**
 * Our files of the committed revision, those of the node's own kubelet that it builds on, the unit and its
 * drop-in directories, and the files by which a person
 * holds the host, goes back or asks for another try.
 */
export async function watchList({ files }: { readonly files: HostFiles }, unit: string): Promise<WatchList> {
  // The pass reports a journal that cannot be read.
  const { committed } = await readJournal(files).catch(() => ({ committed: undefined }));
  const ours = managedFiles(committed).map(({ path }) => path);
  const ofTheNode = committed?.revision == null ? [] : (committed.nodeFiles ?? []);
  const isDirectory = (path: string) => path.endsWith('/');
  const single = ofTheNode.filter((path) => !isDirectory(path));
  const directories = ofTheNode.filter(isDirectory).map((path) => path.slice(0, -1));
  return {
    paths: [...new Set([...ours, ...single, unitPath(unit), holdFile, ...requestFiles])],
    directories: [...new Set([...dropInDirectories(unit), ...directories])],
    unit,
  };
}

/** Resolves when the watch list is being watched: `tell` is called for each change from then on. */
export async function openWatchList(
  machine: Pick<Machine, 'files'> & { openWatch(tell: (event: HostEvent) => void): HostWatch },
  unit: string,
  tell: (event: HostEvent) => void,
): Promise<HostWatch> {
  const watch = machine.openWatch(tell);
  await watch.watch(await watchList(machine, unit));
  return watch;
}
