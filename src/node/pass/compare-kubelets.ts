/** Compares the kubelet of a host with the one that it has after a change. Reads only. */

import { type Comparison, compareSettings } from '../../kubelet/settings/compare.ts';
import { settingsOf } from '../../kubelet/settings/settings.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { HostFiles } from '../ports/files.ts';
import { readInstalledKubelet } from '../ports/installed-kubelet.ts';
import { overlaid } from '../ports/overlay.ts';

/**
 * The settings of both kubelets by their files, and how they differ; undefined if there is a kubelet only
 * before or only after.
 *
 * @param contents the bytes of the files of the record, by path
 * @param version of the kubelet, as far as it is known
 * @throws HostFileError
 */
export async function compareKubelets(
  { files: changed, unit }: Pick<TransactionRecord, 'files' | 'unit'>,
  contents: FileContents,
  files: HostFiles,
  version: string | undefined,
): Promise<Comparison | undefined> {
  const after = new Map(changed.map(({ path, after }) => [path, after.kind === 'File' ? contents.get(path) : undefined]));
  const [before, coming] = [
    await readInstalledKubelet(files, unit.name, version),
    await readInstalledKubelet(overlaid(files, after), unit.name, version),
  ];
  if (before.texts.length === 0 || coming.texts.length === 0) return undefined;
  return compareSettings(settingsOf(before), settingsOf(coming));
}
