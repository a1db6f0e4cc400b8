/** The files of a host as they are after a change that is not made yet. */

import type { FileState, HostFiles } from './files.ts';

/** What is needed to read a host. */
export type ReadableFiles = Pick<HostFiles, 'read' | 'list'>;

/**
 * Reads through to the host everywhere but at the changed paths.
 * @param changes the bytes that a path is to have, by path; undefined for a path that is to be gone
 */
export function overlaid(files: ReadableFiles, changes: ReadonlyMap<string, Buffer | undefined>): ReadableFiles {
  return {
    async read(path) {
      return changes.has(path) ? stateOf(changes.get(path)) : files.read(path);
    },
    async list(directory) {
      const prefix = directory.endsWith('/') ? directory : `${directory}/`;
      const below = [...changes].filter(([path]) => path.startsWith(prefix));
      const here = below.map(([path, content]) => ({ name: path.slice(prefix.length).split('/')[0] ?? '', path, content }));
      const gone = here
        .filter(({ name, path, content }) => content === undefined && path === prefix + name)
        .map(({ name }) => name);
      const added = here.filter(({ content }) => content !== undefined).map(({ name }) => name);
      const names = (await files.list(directory)).filter((name) => !gone.includes(name));
      return [...new Set([...names, ...added])].sort();
    },
  };
}

function stateOf(content: Buffer | undefined): FileState {
  return content === undefined ? { kind: 'Absent' } : { kind: 'File', mode: 0o644, uid: 0, gid: 0, content };
}
