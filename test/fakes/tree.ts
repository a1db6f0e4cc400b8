/** A file system in memory, as far as paths go: directories, symlinks that stay inside the root, and what can be in the way. */

import { leavesRoot, refusal, throughFile, tooManySymlinks } from '../../src/host/refusal.ts';
import { componentsOf } from '../../src/host/walk.ts';
import { symlinkLimit } from '../../src/node/ports/follow-links.ts';

export interface Directory {
  readonly kind: 'Directory';
  mode: number;
  readonly entries: Map<string, Entry>;
}

export type Entry =
  | Directory
  | {
      readonly kind: 'File';
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly content: Buffer;
      readonly serial: number;
      /** Milliseconds since the epoch. */
      readonly changedAt?: number | undefined;
    }
  | { readonly kind: 'Symlink'; readonly target: string }
  | { readonly kind: 'Pipe' };

/** The deepest directory that exists on the way, and what is missing after it. */
export interface Reached {
  readonly directory: Directory;
  /** Names from the root to the directory, without any symlink. */
  readonly names: readonly string[];
  readonly missing: readonly string[];
  readonly path: string;
}

export interface Spot extends Reached {
  readonly name: string;
  /** What stands there; undefined also when directories are missing. */
  readonly entry: Entry | undefined;
}

export function emptyDirectory(mode = 0o755): Directory {
  return { kind: 'Directory', mode, entries: new Map() };
}

/** @param throughFiles whether a file on the way counts as a missing directory */
export function reach(root: Directory, components: readonly string[], path: string, throughFiles = false): Reached {
  let opened: Directory[] = [root];
  let names: string[] = [];
  let ahead = [...components];
  let symlinks = 0;
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    const current = opened.at(-1) ?? root;
    if (name === '..') {
      if (opened.length === 1) throw leavesRoot(path, "leads above the host's root");
      opened.pop();
      names.pop();
      continue;
    }
    const next = current.entries.get(name);
    const isFile = next !== undefined && next.kind !== 'Directory' && next.kind !== 'Symlink';
    if (!next || (isFile && throughFiles)) return { directory: current, names, missing: [name, ...ahead], path };
    if (next.kind === 'Directory') {
      opened.push(next);
      names.push(name);
    } else if (next.kind === 'Symlink') {
      symlinks += 1;
      if (symlinks > symlinkLimit) throw tooManySymlinks(path);
      if (next.target.startsWith('/')) [opened, names] = [[root], []];
      ahead = [...componentsOf(`/${next.target}`), ...ahead];
    } else {
      throw throughFile(path, name);
    }
  }
  return { directory: opened.at(-1) ?? root, names, missing: [], path };
}

export function spotOf(root: Directory, path: string, throughFiles = false): Spot {
  const components = componentsOf(path);
  const name = components.pop();
  if (name === undefined || name === '..') throw leavesRoot(path, 'does not end in a name');
  const reached = reach(root, components, path, throughFiles);
  return { ...reached, name, entry: reached.missing.length > 0 ? undefined : reached.directory.entries.get(name) };
}

export function refuseClimbing({ missing, path }: Reached): void {
  if (missing.includes('..')) throw refusal('ENOENT', path, 'make the directory of');
}

export function makeDirectories(reached: Reached, lastMode = 0o755): Directory {
  refuseClimbing(reached);
  let directory = reached.directory;
  for (const [index, name] of reached.missing.entries()) {
    const made = emptyDirectory(index === reached.missing.length - 1 ? lastMode : 0o755);
    directory.entries.set(name, made);
    directory = made;
  }
  return directory;
}

/** Every file and symlink by its path: content, or `-> target`. */
export function contentsOf(directory: Directory, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of [...directory.entries.keys()].sort()) {
    const entry = directory.entries.get(name);
    if (entry?.kind === 'Directory') Object.assign(found, contentsOf(entry, `${prefix}/${name}`));
    if (entry?.kind === 'File') found[`${prefix}/${name}`] = entry.content.toString();
    if (entry?.kind === 'Symlink') found[`${prefix}/${name}`] = `-> ${entry.target}`;
  }
  return found;
}
