/** Every directory on the way to a path, symlinks resolved inside the root, with the name in it that the way goes on with. */

import { closeSync } from 'node:fs';
import { HostFileError } from '../node/ports/files.ts';
import { symlinkLimit } from '../node/ports/follow-links.ts';
import { openDirectory, openRoot, split, step } from './walk.ts';

export interface PathComponent {
  /** Opened; the caller closes it. */
  readonly directory: number;
  /** '' for the directory at the end of the way, where it was asked for with every name in it. */
  readonly name: string;
  /** Whether the way goes on behind the name, or would. */
  readonly isOnTheWay: boolean;
}

/** As far as the way can be gone; where it ends too early, a later change at the last name shows that it goes on. @param names the last one may be '' */
export function wayTo(root: string, names: readonly string[], path: string): PathComponent[] {
  const crossings: PathComponent[] = [];
  const opened: number[] = [];
  let ahead = [...names];
  let symlinks = 0;
  try {
    opened.push(openRoot(root, path));
    for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
      const directory = opened.at(-1) ?? -1;
      if (name === '..') {
        if (opened.length === 1) break;
        closeSync(opened.pop() ?? -1);
        continue;
      }
      crossings.push({ directory: openDirectory(directory, '.'), name, isOnTheWay: ahead.length > 0 });
      if (ahead.length === 0) break;
      const next = step(directory, name, path);
      if (next === 'Absent') break;
      if ('opened' in next) {
        opened.push(next.opened);
        continue;
      }
      symlinks += 1;
      if (symlinks > symlinkLimit) break;
      if (next.target.startsWith('/')) for (const left of opened.splice(1)) closeSync(left);
      ahead = [...split(next.target), ...ahead];
    }
  } catch (error) {
    // A file where a directory should be, or no permission: whoever reads the path says so.
    if (!(error instanceof HostFileError)) throw error;
  } finally {
    for (const left of opened) closeSync(left);
  }
  return crossings;
}
