/** What kubelets make of their own files among those of -f. Loaded only when there are some. */

import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Problem } from '../../api/problem.ts';
import { openHostFiles } from '../../host/files.ts';
import { judgePlainFiles, splitPath } from '../../importing/plain/groups.ts';
import type { PlainFile } from '../../importing/plain/plain-file.ts';
import { releaseOf } from '../../kubelet/release.ts';
import { isSystemError } from '../../manifest/load/manifest-file.ts';

/** What kubelets of the version, or of every supported one, refuse or take for something else. */
export async function plainFileProblems(
  files: readonly PlainFile[],
  { unit, root, 'kubelet-version': version }: { unit: string; root?: string | undefined; 'kubelet-version'?: string | undefined },
): Promise<Problem[]> {
  const ownership = process.getuid?.() === 0 ? 'Exact' : 'AsRoot';
  return judgePlainFiles([...files, ...(await dropInsBeside(files))], {
    release: version === undefined ? undefined : releaseOf(version),
    unit,
    root,
    below: (one) => openHostFiles(resolve(one), { ownership }),
  });
}

/**
 * The drop-ins in `kubelet.service.d` beside a `kubelet.service`. In the tree of a machine they are found
 * by their paths.
 */
async function dropInsBeside(files: readonly PlainFile[]): Promise<PlainFile[]> {
  const units = files.filter(({ name, kind }) => kind === 'Unit' && name.endsWith('.service') && splitPath(name) === undefined);
  const found: PlainFile[] = [];
  for (const { name: unit } of units)
    for (const name of await namesIn(`${unit}.d`)) {
      const path = join(`${unit}.d`, name);
      if (files.some((file) => resolve(file.name) === resolve(path))) continue;
      found.push({ name: path, text: await readFile(path, 'utf8'), kind: 'DropIn' });
    }
  return found;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() && entry.name.endsWith('.conf') ? [entry.name] : [])).sort();
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
