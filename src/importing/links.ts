/** Why a tree has no unit although its name stands there. Reads only. */

import type { Problem } from '../api/problem.ts';
import { HostFileError } from '../node/ports/files.ts';
import type { ReadableFiles } from '../node/ports/overlay.ts';
import { unitDirectories } from '../systemd/load-path.ts';
import { notImported } from './notes.ts';

/** A symlink instead of the unit: a masked unit, or one whose file lies outside of the tree. */
export async function unitLinks(files: ReadableFiles, unit: string): Promise<Problem[]> {
  const found: Problem[] = [];
  for (const directory of unitDirectories) {
    const path = `${directory}/${unit}`;
    const target = await targetOf(files, path);
    if (target === undefined) continue;
    const position = { file: path, line: 1, column: 1, excerpt: '' };
    found.push(
      target === '/dev/null'
        ? notImported(`${path} is masked: systemd does not start it`, `unmask it (systemctl unmask ${unit}), and export again`, {
            position,
          })
        : notImported(
            `${path} is a symlink to ${target}, which is not in the tree`,
            'export that file, too, or put the file in the place of the symlink',
            { position },
          ),
    );
  }
  return found;
}

async function targetOf(files: ReadableFiles, path: string): Promise<string | undefined> {
  try {
    const state = await files.read(path);
    return state.kind === 'Symlink' ? state.target : undefined;
  } catch (error) {
    if (error instanceof HostFileError) return undefined;
    throw error;
  }
}
