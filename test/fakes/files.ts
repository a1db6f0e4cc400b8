/** HostFiles in memory, with faults on demand. It passes the same contract suite as the real one. */

import { changedDirectory, notAFile, refusal, symlinkInTheWay, tooManySymlinks } from '../../src/host/refusal.ts';
import { componentsOf } from '../../src/host/walk.ts';
import type { FileState, HostFiles, NewFile, ResolvedPath } from '../../src/node/ports/files.ts';
import { linkedPath, symlinkLimit } from '../../src/node/ports/follow-links.ts';
import {
  contentsOf,
  type Directory,
  type Entry,
  emptyDirectory,
  makeDirectories,
  reach,
  refuseClimbing,
  type Spot,
  spotOf,
} from './tree.ts';

interface FileCall {
  /** Counts from 1 over all calls. */
  readonly number: number;
  readonly method: keyof HostFiles;
  readonly path: string;
}

/** A call fails before it did anything, or after it did everything: the caller cannot tell, which is what recovery is about. */
export type Fault = (call: FileCall) => { readonly error: Error; readonly when: 'Before' | 'After' } | undefined;

export interface MemoryFiles extends HostFiles {
  readonly calls: readonly FileCall[];
  /** The same files for another process: not counted, and past all faults. */
  readonly past: HostFiles;
  /** Replaces the fault; undefined ends all trouble. */
  failWhen(fault: Fault | undefined): void;
  /** Puts a file there past all rules and faults, as somebody else on the host would. */
  put(path: string, content: string, options?: { mode?: number; uid?: number; gid?: number; changedAt?: number }): void;
  putSymlink(path: string, target: string): void;
  putPipe(path: string): void;
  putDirectory(path: string): void;
  contents(): Record<string, string>;
}

type Call = <T>(method: keyof HostFiles, path: string, act: () => T) => Promise<T>;

/** What a process that was killed throws from every call: no caller may catch it and go on. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/** The call with this number is the last one: it and all that follow throw Crashed. */
export function crashAt(number: number, when: 'Before' | 'After'): Fault {
  return (call) => {
    if (call.number < number) return undefined;
    return { error: new Crashed(`at call ${call.number}`), when: call.number === number ? when : 'Before' };
  };
}

/** One call fails as the kernel would make it fail, e.g. `'ENOSPC'`. */
export function failAt(number: number, errno: string): Fault {
  return (call) => (call.number === number ? kernelFault(call, errno) : undefined);
}

/** Every call on this path fails, or only those of one method. */
export function failOn(path: string, errno: string, method?: keyof HostFiles): Fault {
  return (call) => (call.path === path && (method ?? call.method) === call.method ? kernelFault(call, errno) : undefined);
}

function kernelFault(call: FileCall, errno: string) {
  return { error: refusal(errno, call.path, call.method), when: 'Before' as const };
}

export function memoryFiles(initial: Record<string, string> = {}): MemoryFiles {
  const root = emptyDirectory();
  const calls: FileCall[] = [];
  let fault: Fault | undefined;
  let serial = 0;

  async function call<T>(method: keyof HostFiles, path: string, act: () => T): Promise<T> {
    const made: FileCall = { number: calls.length + 1, method, path };
    calls.push(made);
    const trouble = fault?.(made);
    if (trouble?.when === 'Before') throw trouble.error;
    const result = act();
    if (trouble) throw trouble.error;
    return result;
  }

  function set(path: string, entry: Entry): void {
    const spot = spotOf(root, path);
    makeDirectories(spot).entries.set(spot.name, entry);
  }

  function newFile({ mode, uid, gid, content }: NewFile): Entry {
    serial += 1;
    return { kind: 'File', mode: mode & 0o7777, uid, gid, content: Buffer.from(content), serial };
  }

  const methods = (call: Call): HostFiles => ({
    read: (path) => call('read', path, () => stateOf(spotOf(root, path))),
    list: (path) =>
      call('list', path, () => {
        const { directory, missing } = reach(root, componentsOf(path), path);
        return missing.length > 0 ? [] : [...directory.entries.keys()].sort();
      }),
    resolve: (path) => call('resolve', path, () => resolvedPath(spotOf(root, path, true))),
    identity: (path) => call('identity', path, () => identityOf(root, path)),
    changedAt: async (path) => changedAt(root, path),
    check: (path, file, instead) =>
      call('check', path, () => {
        const spot = spotOf(root, path);
        if (file) refuseClimbing(spot);
        if (instead) refuseAllButOurDirectories(spot);
        else if (file || spot.entry?.kind !== 'Symlink') refuseAllButFiles(spot);
      }),
    write: (path, file) =>
      call('write', path, () => {
        const spot = spotOf(root, path);
        refuseAllButFiles(spot);
        makeDirectories(spot).entries.set(spot.name, newFile(file));
      }),
    link: (path, target) =>
      call('link', path, () => {
        const spot = spotOf(root, path);
        if (spot.entry && spot.entry.kind !== 'Symlink') throw refusal('EEXIST', path, 'link');
        makeDirectories(spot).entries.set(spot.name, { kind: 'Symlink', target });
      }),
    makeDirectory: (path, mode) =>
      call('makeDirectory', path, () => {
        makeDirectories(reach(root, componentsOf(path), path), mode).mode = mode;
      }),
    makeTree: (path, files) =>
      call('makeTree', path, () => {
        const spot = spotOf(root, path);
        if (spot.entry) throw refusal('EEXIST', path, 'make');
        for (const inner of files.keys()) if (componentsOf(inner).includes('..')) throw refusal('EINVAL', inner, 'make');
        makeDirectories(spot).entries.set(spot.name, emptyDirectory());
        for (const [inner, file] of files) set(`${path}${inner}`, newFile(file));
      }),
    remove: (path) =>
      call('remove', path, () => {
        const spot = spotOf(root, path);
        if (spot.entry?.kind !== 'Symlink') refuseAllButFiles(spot);
        if (spot.entry) spot.directory.entries.delete(spot.name);
      }),
    rename: (from, to) => call('rename', from, () => renameEntry(spotOf(root, from), spotOf(root, to))),
    removeDirectory: (path) =>
      call('removeDirectory', path, () => {
        const { entry, directory, name } = spotOf(root, path);
        if (entry && entry.kind !== 'Directory') throw refusal('ENOTDIR', path, 'remove');
        if (entry?.entries.size === 0) directory.entries.delete(name);
      }),
    removeTree: (path) =>
      call('removeTree', path, () => {
        const spot = spotOf(root, path);
        if (spot.entry && spot.entry.kind !== 'Directory') throw refusal('ENOTDIR', path, 'remove');
        if (spot.entry) spot.directory.entries.delete(spot.name);
      }),
  });

  const files: MemoryFiles = {
    calls,
    failWhen: (next) => {
      fault = next;
    },
    put: (path, content, { mode = 0o644, uid = 0, gid = 0, changedAt } = {}) =>
      set(path, { ...newFile({ mode, uid, gid, content: Buffer.from(content) }), changedAt } as Entry),
    putSymlink: (path, target) => set(path, { kind: 'Symlink', target }),
    putPipe: (path) => set(path, { kind: 'Pipe' }),
    putDirectory: (path) => void makeDirectories(reach(root, componentsOf(path), path)),
    contents: () => contentsOf(root),

    ...methods(call),
    past: methods(async (_method, _path, act) => act()),
  };

  for (const [path, content] of Object.entries(initial)) files.put(path, content);
  return files;
}

function stateOf({ entry, path }: Spot): FileState {
  if (!entry) return { kind: 'Absent' };
  if (entry.kind === 'Symlink') return { kind: 'Symlink', target: entry.target };
  if (entry.kind !== 'File') throw notAFile(path, entry.kind === 'Directory' ? 'a directory' : 'a named pipe');
  return { kind: 'File', mode: entry.mode, uid: entry.uid, gid: entry.gid, content: Buffer.from(entry.content) };
}

function resolvedPath({ names, missing, name }: Spot): ResolvedPath {
  const at = names.map((one) => `/${one}`).join('');
  const behind = missing.map((one) => `/${one}`);
  return { path: `${at}${behind.join('')}/${name}`, missing: behind.map((_, index) => at + behind.slice(0, index + 1).join('')) };
}

function identityOf(root: Directory, path: string, symlinks = 0): string | undefined {
  if (symlinks > symlinkLimit) throw tooManySymlinks(path);
  const { entry } = spotOf(root, path);
  if (entry?.kind === 'Symlink') return identityOf(root, linkedPath(path, entry.target), symlinks + 1);
  return entry?.kind === 'File' ? String(entry.serial) : undefined;
}

/** Everything is older than any unit, until the test says when it was changed. */
function changedAt(root: Directory, path: string, symlinks = 0): number | undefined {
  if (symlinks > symlinkLimit) throw tooManySymlinks(path);
  const { entry } = spotOf(root, path);
  if (entry?.kind === 'Symlink') return changedAt(root, linkedPath(path, entry.target), symlinks + 1);
  return entry?.kind === 'File' ? (entry.changedAt ?? 0) : undefined;
}

function refuseAllButFiles({ entry, path }: Spot): void {
  if (entry?.kind === 'Symlink') throw symlinkInTheWay(path, entry.target);
  if (entry && entry.kind !== 'File') throw notAFile(path, entry.kind === 'Directory' ? 'a directory' : 'a named pipe');
}

function refuseAllButOurDirectories({ entry, path }: Spot): void {
  if (!entry) return;
  if (entry.kind !== 'Directory') throw refusal('ENOTDIR', path, 'remove');
  if (entry.mode !== 0o755) throw changedDirectory(path, { mode: entry.mode, uid: 0, gid: 0 });
}

function renameEntry(source: Spot, target: Spot): void {
  if (!source.entry) throw refusal('ENOENT', source.path, 'rename');
  if (target.entry && !(target.entry.kind === 'File' && source.entry.kind === 'File')) {
    throw refusal('EEXIST', target.path, `rename ${source.path} to`);
  }
  if (target.missing.length > 0) throw refusal('ENOENT', target.path, `rename ${source.path} to`);
  if (holds(source.entry, target.directory)) throw refusal('EINVAL', source.path, 'rename');
  source.directory.entries.delete(source.name);
  target.directory.entries.set(target.name, source.entry);
}

/** A directory cannot move into itself. */
function holds(entry: Entry, directory: Directory): boolean {
  if (entry.kind !== 'Directory') return false;
  return entry === directory || [...entry.entries.values()].some((inner) => holds(inner, directory));
}
