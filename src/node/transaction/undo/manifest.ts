/** The manifest: all that the undo script needs to know about one transaction, one fact a line. Pure. */

import { isAtOrBelow } from '../../../api/paths.ts';
import type { TransactionRecord } from '../../model/record.ts';

/** What the manifest is made from: the record, and what was seen on the host before the first touch. */
export interface UndoFacts {
  readonly record: Pick<TransactionRecord, 'files' | 'unit' | 'stateFiles' | 'removedDirectories'>;
  /** The links that enabled the unit before the transaction, with their targets. */
  readonly links: ReadonlyMap<string, string>;
  /** The directories for such links that existed before, empty or not. */
  readonly linkDirectories: readonly string[];
  /** For each path of the record its path without symlinks. */
  readonly places: ReadonlyMap<string, string>;
  /** The directories that the transaction has to make for its files. */
  readonly missingDirectories: readonly string[];
}

/**
 * Writes the manifest that `undoScript` reads: one `WORD REST` a line, `end` last, so that a manifest that
 * was cut off is seen. `at PATH` gives the next line's path without symlinks, where that differs. What is to
 * go comes first: a directory may be in the way of a file, or a file in the way of a directory.
 */
export function undoManifest(facts: UndoFacts): string {
  const { record, links, linkDirectories, places, missingDirectories } = facts;
  const { files, unit, stateFiles = [], removedDirectories = [] } = record;
  const place = (path: string) => places.get(path) ?? path;
  const line = (word: string) => (path: string) => [...(place(path) === path ? [] : [`at ${place(path)}`]), `${word} ${path}`];
  // We neither make nor replace symlinks.
  const pathsOf = (kind: 'Absent' | 'File') => files.flatMap(({ path, before }) => (before.kind === kind ? [path] : []));
  // While a restart is pending, a directory may stand where the file from before it is to come back.
  const fileOf = (directory: string) => pathsOf('File').find((file) => isAtOrBelow(directory, file));
  const instead = [...pathsOf('Absent').flatMap(directoriesTo), ...removedDirectories].flatMap((directory) => {
    const file = fileOf(directory);
    return file === undefined ? [] : [`${place(file)}${directory.slice(file.length)}`];
  });
  const lines = [
    `unit ${unit.name}`,
    `active ${unit.before.active ? 'yes' : 'no'}`,
    `invocation ${unit.invocationBefore}`,
    ...pathsOf('Absent')
      .filter((path) => !removedDirectories.includes(path))
      .flatMap(line('absent')),
    // The innermost first: the outer ones are empty only then.
    ...inward([...new Set([...missingDirectories, ...instead])])
      .reverse()
      .map((path) => `directory ${path}`),
    ...inward(removedDirectories.filter((path) => fileOf(path) === undefined)).flatMap(line('was-directory')),
    ...pathsOf('File').flatMap(line('file')),
    ...[...links].map(([path, target]) => `link ${path} ${target}`),
    ...linkDirectories.map((path) => `keep ${path}`),
    ...stateFiles.flatMap(({ path, before }) => line(before === 'Aside' ? 'aside' : 'stateless')(path)),
    'end',
  ];
  return `${lines.join('\n')}\n`;
}

/** Every directory on the way to a path. */
function directoriesTo(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

/** The outermost directories first. */
function inward(directories: readonly string[]): string[] {
  return directories.toSorted((a, b) => a.length - b.length);
}
