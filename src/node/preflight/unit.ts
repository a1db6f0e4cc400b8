/** The unit as it will be, in a directory of its own: what systemd can be asked to look at before it is asked to load it. */

import { createHash } from 'node:crypto';
import { dropInDirectory, unitPath, vendorDirectories } from '../../systemd/load-path.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { HostFiles } from '../ports/files.ts';
import { readThrough } from '../ports/follow-links.ts';
import { stateDirectory } from '../transaction/state-directory.ts';

export const verifyDirectory = `${stateDirectory}/verify`;

export interface StagedFile {
  readonly content: string;
  /** The path of ours that it stands for; none for what is somebody else's, or only hides what is to go. */
  readonly ours?: string;
}

/** By path inside the directory: `/kubelet.service`, `/kubelet.service.d/50-kubelet-config.conf`. */
export type StagedUnit = ReadonlyMap<string, StagedFile>;

/** Drop-ins that stay as they are need not be staged: systemd finds them where they are. */
export async function stagedUnit(record: TransactionRecord, contents: FileContents, files: HostFiles): Promise<StagedUnit> {
  const { name } = record.unit;
  const staged = new Map<string, StagedFile>();
  const ours = contents.get(unitPath(name));
  staged.set(`/${name}`, ours ? { content: ours.toString(), ours: unitPath(name) } : { content: await hostUnit(record, files) });
  for (const { path, after } of record.files) {
    const dropIn = path.startsWith(`${dropInDirectory(name)}/`) ? path.slice(unitPath(name).length - name.length - 1) : undefined;
    if (dropIn === undefined) continue;
    // One that goes is hidden by an empty one of its name.
    staged.set(dropIn, after.kind === 'File' ? { content: contents.get(path)?.toString() ?? '', ours: path } : { content: '' });
  }
  return staged;
}

/** Below /etc only what this change leaves there counts. */
async function hostUnit({ unit, files: changed }: TransactionRecord, files: HostFiles): Promise<string> {
  const own = unitPath(unit.name);
  const goes = changed.some(({ path, after }) => path === own && after.kind === 'Absent');
  const paths = [...(goes ? [] : [own]), ...vendorDirectories.map((directory) => `${directory}/${unit.name}`)];
  for (const path of paths) {
    const content = await readThrough(files, path);
    if (content) return content.toString();
  }
  return '';
}

/** The same for the same unit. */
export function unitKey(staged: StagedUnit): string {
  return createHash('sha256')
    .update(JSON.stringify([...staged]))
    .digest('hex');
}
