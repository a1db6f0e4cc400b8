/** Entries written below a directory, for the programs that pack it. */

import { chmodSync, copyFileSync, lutimesSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Entry } from './entries.ts';

/**
 * Writes the entries. Each file and directory has the same time, so that the packed bytes do not depend on when
 * it was written.
 * @param epoch seconds since 1970
 */
export function writeTree(root: string, entries: readonly Entry[], epoch: number): void {
  mkdirSync(root, { recursive: true });
  chmodSync(root, 0o755);
  for (const entry of entries) write(join(root, entry.path), entry);
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) setTime(join(root, name), epoch);
  utimesSync(root, epoch, epoch);
}

function write(path: string, { mode, content }: Entry): void {
  makeDirectory(content === 'directory' ? path : dirname(path));
  if (content === 'directory') return;
  if ('link' in content) {
    symlinkSync(content.link, path);
    return;
  }
  if ('file' in content) copyFileSync(content.file, path);
  else writeFileSync(path, content.text);
  // The mode of a new file depends on the umask.
  chmodSync(path, mode);
}

function makeDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
}

function setTime(path: string, epoch: number): void {
  lutimesSync(path, epoch, epoch);
}
