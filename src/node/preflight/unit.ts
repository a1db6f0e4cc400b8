/** The unit as it will be after the change, for systemd-analyze to check before systemd loads it. */

import { createHash } from 'node:crypto';
import { dropInDirectory, unitPath, vendorDirectories } from '../../systemd/load-path.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { HostFiles } from '../ports/files.ts';
import { readThrough } from '../ports/follow-links.ts';
import { stateDirectory } from '../transaction/state-directory.ts';

/** The directory that preflight makes for systemd-analyze, and removes again. */
export const verifyDirectory = `${stateDirectory}/verify`;

/** One file of the directory. */
export interface StagedFile {
  readonly content: string;
  /** The path of our file that it stands for; absent if it is not ours, or only hides a removed drop-in. */
  readonly ours?: string;
}

/** By path inside the directory: `/kubelet.service`, `/kubelet.service.d/50-kubelet-config.conf`. */
export type StagedUnit = ReadonlyMap<string, StagedFile>;

/**
 * The unit and its changed drop-ins, as they are after the change. Drop-ins that do not change are left out:
 * systemd finds them at their own place.
 *
 * @throws HostFileError
 */
export async function stagedUnit(record: TransactionRecord, contents: FileContents, files: HostFiles): Promise<StagedUnit> {
  const { name } = record.unit;
  const staged = new Map<string, StagedFile>();
  const ours = contents.get(unitPath(name));
  staged.set(`/${name}`, ours ? { content: ours.toString(), ours: unitPath(name) } : { content: await hostUnit(record, files) });
  for (const { path, after } of record.files) {
    const dropIn = path.startsWith(`${dropInDirectory(name)}/`) ? path.slice(unitPath(name).length - name.length - 1) : undefined;
    if (dropIn === undefined) continue;
    // An empty drop-in hides the one of the same name that the change removes.
    staged.set(dropIn, after.kind === 'File' ? { content: contents.get(path)?.toString() ?? '', ours: path } : { content: '' });
  }
  return staged;
}

/** The unit's text on the host, or ''. A file below /etc counts only if this change leaves it there. */
async function hostUnit({ unit, files: changed }: TransactionRecord, files: HostFiles): Promise<string> {
  const own = unitPath(unit.name);
  const isRemoved = changed.some(({ path, after }) => path === own && after.kind === 'Absent');
  const paths = [...(isRemoved ? [] : [own]), ...vendorDirectories.map((directory) => `${directory}/${unit.name}`)];
  for (const path of paths) {
    const content = await readThrough(files, path);
    if (content) return content.toString();
  }
  return '';
}

/** A hash of paths and contents: equal for equal units. */
export function unitKey(staged: StagedUnit): string {
  return createHash('sha256')
    .update(JSON.stringify([...staged]))
    .digest('hex');
}
