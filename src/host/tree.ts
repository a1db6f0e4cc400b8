/**
 * Removes directories, empty ones or with everything in them. It works from open descriptors, so symlinks are
 * removed and never followed.
 */

import { closeSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from './refusal.ts';
import { openDirectory, within } from './walk.ts';

/** Removes a directory with everything in it. Throws errors of the system. @param parent an open directory */
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

/**
 * Removes a directory if it is empty. rmdir(2) itself decides that, so a file that comes meanwhile is not
 * lost.
 * @returns whether it was removed; false if it is not empty or does not exist
 */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
