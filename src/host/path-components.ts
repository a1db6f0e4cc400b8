/**
 * Every directory on the way to a path, symlinks resolved inside the root, with the next name of the path.
 */

import { closeSync } from 'node:fs';
import { HostFileError } from '../node/ports/files.ts';
import { openDirectory, reach } from './walk.ts';

export interface PathComponent {
  /** An open descriptor; the caller closes it. */
  readonly directory: number;
  /** '' stands for every name: the caller asked for the whole directory. */
  readonly name: string;
  /** Whether the path goes on behind this name. */
  readonly isOnTheWay: boolean;
}

/**
 * The directories on the way to a path, as far as it can be walked. If something on the way is missing, the
 * last component names it: once it appears, the path goes on. Faults of a path (a loop, a file on the way, no
 * permission) end the walk without an error, because whatever reads the path reports them.
 * @param names of the path; the last may be '', which stands for every name in the directory before it
 */
export function pathComponents(root: string, names: readonly string[], path: string): PathComponent[] {
  const components: PathComponent[] = [];
  const last = names.at(-1);
  if (last === undefined) return [];
  try {
    const { directory, missing } = reach(root, names.slice(0, -1), path, (visited, name) => {
      components.push({ directory: openDirectory(visited, '.'), name, isOnTheWay: true });
    });
    if (missing.length === 0) components.push({ directory, name: last, isOnTheWay: false });
    else closeSync(directory);
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
  }
  return components;
}
