/** Follows the symlinks at the end of a path, one after the other, inside the host's root. */

import type { HostFiles } from './files.ts';

/** The kernel follows this many symlinks in one path, and no more (path_resolution(7)). */
export const symlinkLimit = 40;

/**
 * The path that a symlink at `path` leads to, seen from the root. `..` stays in it: only the walk knows the
 * real directories.
 */
export function linkedPath(path: string, target: string): string {
  return target.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
}

/**
 * The content of the file at the end of a path, symlinks followed; undefined if there is none, or after 40
 * symlinks.
 * @throws HostFileError as `read`
 */
export async function readThrough(files: Pick<HostFiles, 'read'>, path: string): Promise<Buffer | undefined> {
  let current = path;
  for (let symlinks = 0; symlinks <= symlinkLimit; symlinks += 1) {
    const state = await files.read(current);
    if (state.kind === 'Absent') return undefined;
    if (state.kind === 'File') return state.content;
    current = linkedPath(current, state.target);
  }
  return undefined;
}
