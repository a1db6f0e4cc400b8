/** Finds unit files without systemd, as systemd finds them, and reads their [Install] section. */

import { dropInPaths } from '../node/ports/drop-ins.ts';
import type { HostFiles } from '../node/ports/files.ts';
import { linkedPath, readThrough } from '../node/ports/follow-links.ts';
import { unitDirectories } from '../systemd/load-path.ts';
import { readUnit } from '../systemd/unit-text.ts';

/** What systemd would load for the name of a unit. */
export type UnitFile =
  | { readonly kind: 'NotFound' }
  | { readonly kind: 'Masked' }
  /**
   * `path` is the target for symlinks that enable the unit. For a linked unit it is the file outside of
   * systemd's directories. `install` holds the words of each key in [Install].
   */
  | { readonly kind: 'Found'; readonly path: string; readonly install: ReadonlyMap<string, readonly string[]> };

/** @param unit its name, with the ending: `kubelet.service`. @throws HostFileError */
export async function findUnitFile(files: HostFiles, unit: string): Promise<UnitFile> {
  for (const directory of unitDirectories) {
    const path = `${directory}/${unit}`;
    const state = await files.read(path);
    if (state.kind === 'Symlink' && state.target === '/dev/null') return { kind: 'Masked' };
    const content = state.kind === 'Absent' ? undefined : await readThrough(files, path);
    if (content?.length === 0) return { kind: 'Masked' };
    if (!content) continue;
    const install = installOf([content, ...(await readDropIns(files, unit))]);
    return { kind: 'Found', path: state.kind === 'Symlink' ? linkedPath(path, state.target) : path, install };
  }
  return { kind: 'NotFound' };
}

/** The contents of the drop-ins: systemd reads their [Install], too. */
async function readDropIns(files: HostFiles, unit: string): Promise<Buffer[]> {
  const contents: Buffer[] = [];
  for (const path of await dropInPaths(files, unit)) {
    const content = await readThrough(files, path);
    if (content) contents.push(content);
  }
  return contents;
}

/** The lists of all files are joined. An empty assignment starts a list anew. */
function installOf(contents: readonly Buffer[]): Map<string, string[]> {
  const install = new Map<string, string[]>();
  for (const content of contents) {
    for (const { section, key, value } of readUnit(content.toString())) {
      if (section !== 'Install' || key === undefined) continue;
      const words = value.split(/[ \t]+/).filter((word) => word !== '');
      install.set(key, words.length === 0 ? [] : [...(install.get(key) ?? []), ...words]);
    }
  }
  return install;
}
