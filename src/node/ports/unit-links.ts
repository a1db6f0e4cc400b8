/** The symlinks by which systemd knows that a unit is enabled. */

import { isLinkDirectory, lastNameOf } from '../../systemd/install-links.ts';
import { administratorDirectory } from '../../systemd/load-path.ts';
import { HostFileError, type HostFiles } from './files.ts';

/**
 * The directories below /etc/systemd/system that hold such symlinks: `multi-user.target.wants`, …
 * @throws HostFileError
 */
export async function linkDirectories(files: HostFiles): Promise<string[]> {
  const names = await files.list(administratorDirectory);
  return names.filter(isLinkDirectory).map((name) => `${administratorDirectory}/${name}`);
}

/**
 * Every symlink that enables the unit, with its target: under the unit's name in the directory of a target,
 * or an alias.
 * @returns targets by path, both as they are written
 * @throws HostFileError
 */
export async function unitLinks(files: HostFiles, unit: string): Promise<ReadonlyMap<string, string>> {
  const names = await files.list(administratorDirectory);
  const found = new Map<string, string>();
  for (const name of names) {
    const path = `${administratorDirectory}/${name}`;
    if (isLinkDirectory(name)) {
      for (const entry of await files.list(path)) {
        const target = await targetOf(files, `${path}/${entry}`);
        if (target !== undefined && (entry === unit || lastNameOf(target) === unit)) found.set(`${path}/${entry}`, target);
      }
    } else if (name !== unit && /\.[a-z]+$/.test(name) && !name.endsWith('.d')) {
      const target = await targetOf(files, path);
      if (target !== undefined && lastNameOf(target) === unit) found.set(path, target);
    }
  }
  return found;
}

async function targetOf(files: HostFiles, path: string): Promise<string | undefined> {
  try {
    const state = await files.read(path);
    return state.kind === 'Symlink' ? state.target : undefined;
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return undefined;
    throw error;
  }
}
