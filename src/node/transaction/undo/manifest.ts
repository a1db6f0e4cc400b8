/** The manifest: all that the undo script needs to know about one transaction, one fact a line. Pure. */

import type { TransactionRecord } from '../../model/record.ts';

/** What the manifest is made from: the record, and what was seen on the host before the first touch. */
export interface UndoFacts {
  readonly record: Pick<TransactionRecord, 'files' | 'unit' | 'stateFiles'>;
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
 * was cut off is seen. `at PATH` gives the next line's path without symlinks, where that differs.
 */
export function undoManifest({ record, links, linkDirectories, places, missingDirectories }: UndoFacts): string {
  const { files, unit, stateFiles = [] } = record;
  const at = (path: string) => {
    const place = places.get(path) ?? path;
    return place === path ? [] : [`at ${place}`];
  };
  const lines = [
    `unit ${unit.name}`,
    `active ${unit.before.active ? 'yes' : 'no'}`,
    `invocation ${unit.invocationBefore}`,
    ...files.flatMap(({ path, before }) => {
      // We neither make nor replace symlinks.
      if (before.kind === 'Symlink') return [];
      return [...at(path), `${before.kind === 'File' ? 'file' : 'absent'} ${path}`];
    }),
    ...[...links].map(([path, target]) => `link ${path} ${target}`),
    ...linkDirectories.map((path) => `keep ${path}`),
    // The innermost first: the outer ones are empty only then.
    ...[...missingDirectories].sort((a, b) => b.length - a.length).map((path) => `directory ${path}`),
    ...stateFiles.flatMap(({ path, before }) => [...at(path), `${before === 'Aside' ? 'aside' : 'stateless'} ${path}`]),
    'end',
  ];
  return `${lines.join('\n')}\n`;
}
