/** The drop-ins of a unit, found as systemd finds them. */

import { dropInDirectories, effectiveDropIns } from '../../systemd/load-path.ts';
import type { HostFiles } from './files.ts';

/** Paths in the order in which systemd reads them. @throws HostFileError as `files.list` */
export async function dropInPaths(files: HostFiles, unit: string): Promise<string[]> {
  const paths: string[] = [];
  for (const directory of dropInDirectories(unit)) {
    for (const name of await files.list(directory)) paths.push(`${directory}/${name}`);
  }
  return effectiveDropIns(paths);
}
