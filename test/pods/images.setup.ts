/** Says why the tests with pods do not run, or makes the images that all of them need. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryVariable, imagesDirectory, makeImages } from './images.ts';
import { lacking } from './needs.ts';

/** Called once, before any worker starts. @returns what is to be done after the last test */
export async function setup(): Promise<(() => void) | undefined> {
  if (lacking.length > 0) {
    process.stderr.write(`\nNOT RUN: the tests with pods, which need ${lacking.join('; ')}\n`);
    return undefined;
  }
  // For one who runs them again and again: a directory that makeImages has filled.
  if (imagesDirectory() !== '') return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'kubelet-config-images-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.env[directoryVariable] = directory;
  await makeImages(directory).catch((error) => {
    remove();
    throw error;
  });
  return remove;
}
