/** The files of src/ and what they import, read as text: every import of this project names a file with its ending. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';

export interface Source {
  /** Below src/, with `/` between names. */
  readonly path: string;
  readonly lines: readonly string[];
  /** Paths below src/ of the files that it imports, for their types or at run time alike. */
  readonly imports: readonly string[];
}

/** @param root the checkout. @returns every TypeScript file below src/, by path */
export function readSources(root: string): Source[] {
  const src = join(root, 'src');
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(src, path), 'utf8');
      return { path, lines: text.split('\n'), imports: importsOf(path, text) };
    });
}

function importsOf(path: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:^(?:import|export)\s[^;]*?\sfrom\s+|\bimport\(\s*)'(\.[^']+)'/gms);
  const found = [...specifiers].map(([, specifier = '']) => posix.join(posix.dirname(path), specifier));
  return [...new Set(found)].filter((one) => !one.startsWith('..'));
}
