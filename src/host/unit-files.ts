/** Unit files as systemd finds them, read without systemd: which file counts, and what its [Install] section asks for. */

import type { HostFiles } from '../node/ports/files.ts';
import { linkedPath, readThrough } from '../node/ports/follow-links.ts';
import { administratorDirectory } from '../systemd/install-links.ts';

/** systemd.unit(5), "Unit File Load Path": the first directory that has the name wins. */
const searchPath = [
  administratorDirectory,
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

export type UnitFile =
  | { readonly kind: 'NotFound' }
  | { readonly kind: 'Masked' }
  /** `path` is what a symlink that enables the unit points to: of a linked unit the file outside of systemd's directories. */
  | { readonly kind: 'Found'; readonly path: string; readonly install: ReadonlyMap<string, readonly string[]> };

export async function findUnitFile(files: HostFiles, unit: string): Promise<UnitFile> {
  for (const directory of searchPath) {
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

/** systemd reads [Install] of drop-ins too. Of one name the first directory wins; names decide the order. */
async function readDropIns(files: HostFiles, unit: string): Promise<Buffer[]> {
  const paths = new Map<string, string>();
  for (const directory of searchPath) {
    for (const name of await files.list(`${directory}/${unit}.d`)) {
      if (name.endsWith('.conf') && !name.startsWith('.') && !paths.has(name)) paths.set(name, `${directory}/${unit}.d/${name}`);
    }
  }
  const contents: Buffer[] = [];
  for (const name of [...paths.keys()].sort()) {
    const content = await readThrough(files, paths.get(name) ?? '');
    if (content) contents.push(content);
  }
  return contents;
}

/** Lists add up over all files; an empty assignment starts the list anew. */
function installOf(contents: readonly Buffer[]): Map<string, string[]> {
  const install = new Map<string, string[]>();
  for (const content of contents) {
    let section = '';
    for (const line of logicalLines(content.toString())) {
      const header = /^\[(.*)\]$/.exec(line)?.[1];
      if (header !== undefined) section = header;
      const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (section !== 'Install' || key === undefined || value === undefined) continue;
      const words = value.split(/\s+/).filter((word) => word !== '');
      install.set(key, words.length === 0 ? [] : [...(install.get(key) ?? []), ...words]);
    }
  }
  return install;
}

/** systemd.syntax(7): a backslash at the end joins lines, comments between them are skipped. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let begun = '';
  for (const line of text.split('\n')) {
    if (/^\s*[#;]/.test(line)) continue;
    if (line.endsWith('\\')) {
      begun += `${line.slice(0, -1)} `;
      continue;
    }
    lines.push((begun + line).trim());
    begun = '';
  }
  return [...lines, begun.trim()];
}
