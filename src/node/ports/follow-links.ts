/** Files at the end of symlinks, by reading one link after the other inside the host's root. */

import type { HostFiles } from './files.ts';

/** As many as the kernel follows (path_resolution(7)). */
export const symlinkLimit = 40;

/** Where a symlink leads, seen from the root; `..` is left for the walk, which knows the real directories. */
export function linkedPath(path: string, target: string): string {
  return target.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
}

/** The file at the end of whatever symlinks, all inside the root; undefined when there is none. */
export async function readThrough(files: HostFiles, path: string): Promise<Buffer | undefined> {
  let current = path;
  for (let symlinks = 0; symlinks <= symlinkLimit; symlinks += 1) {
    const state = await files.read(current);
    if (state.kind === 'Absent') return undefined;
    if (state.kind === 'File') return state.content;
    current = linkedPath(current, state.target);
  }
  return undefined;
}
