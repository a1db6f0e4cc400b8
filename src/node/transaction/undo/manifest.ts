/** What the script of `script.ts` needs to know of one transaction, a line each: it reads nothing else. Pure. */

import type { TransactionRecord } from '../../model/record.ts';

export interface UndoFacts {
  readonly record: Pick<TransactionRecord, 'files' | 'unit' | 'stateFiles'>;
  /** The links that enable the unit before the transaction, with their targets. */
  readonly links: ReadonlyMap<string, string>;
  /** Directories of such links that are there, empty or not. */
  readonly linkDirectories: readonly string[];
  /** Where a path of the record really is, with no symlink on the way, where that is elsewhere. */
  readonly places: ReadonlyMap<string, string>;
  /** Those that the transaction will have to make, on the way to its files. */
  readonly missingDirectories: readonly string[];
}

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
      // A symlink was never made by us, nor is it ever replaced.
      if (before.kind === 'Symlink') return [];
      return [...at(path), `${before.kind === 'File' ? 'file' : 'absent'} ${path}`];
    }),
    ...[...links].map(([path, target]) => `link ${path} ${target}`),
    ...linkDirectories.map((path) => `keep ${path}`),
    // The innermost first, or they are not empty.
    ...[...missingDirectories].sort((a, b) => b.length - a.length).map((path) => `directory ${path}`),
    ...stateFiles.flatMap(({ path, before }) => [...at(path), `${before === 'Aside' ? 'aside' : 'stateless'} ${path}`]),
    'end',
  ];
  return `${lines.join('\n')}\n`;
}
