/** Removing a directory: one that is empty, or one with all in it, from open descriptors only: a symlink inside is removed, never followed. */

import { closeSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from './refusal.ts';
import { openDirectory, within } from './walk.ts';

export function removeDirectory(parent: number, name: string): void {
  const directory = openDirectory(parent, name);
  try {
    for (const entry of readdirSync(within(directory, '.'), { withFileTypes: true })) {
      if (entry.isDirectory()) removeDirectory(directory, entry.name);
      else unlinkIfThere(within(directory, entry.name));
    }
  } finally {
    closeSync(directory);
  }
  rmdirSync(within(parent, name));
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** rmdir(2) tells, not a look before it: what comes in between is not lost. @returns whether it is gone now and was there */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
