/** Compares the kubelet of a host with the one that it has after a change. Reads only. */

import { createHash } from 'node:crypto';
import type { InstalledKubelet } from '../../kubelet/installed/installed.ts';
import { type Comparison, compareSettings } from '../../kubelet/settings/compare.ts';
import { filesNamed, settingsOf, withContents, withProgram } from '../../kubelet/settings/settings.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { TransactionRecord } from '../model/record.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { readThrough } from '../ports/follow-links.ts';
import { readInstalledKubelet } from '../ports/installed-kubelet.ts';
import { overlaid, type ReadableFiles } from '../ports/overlay.ts';

/** A kubelet before and after a change, by its files. */
export interface ComparedKubelets {
  readonly before: InstalledKubelet;
  readonly coming: InstalledKubelet;
  /** Undefined if there is a kubelet only before or only after. */
  readonly comparison: Comparison | undefined;
}

/**
 * Both kubelets by their files, and how their settings differ.
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
): Promise<ComparedKubelets> {
  const after = new Map(changed.map(({ path, after }) => [path, after.kind === 'File' ? contents.get(path) : undefined]));
  const [before, coming] = [
    await readInstalledKubelet(files, unit.name, version),
    await readInstalledKubelet(overlaid(files, after), unit.name, version),
  ];
  if (before.texts.length === 0 || coming.texts.length === 0) return { before, coming, comparison: undefined };
  const [from, to] = [withProgram(settingsOf(before), before), withProgram(settingsOf(coming), coming)];
  // Of all files that both name, only one that the change writes can have another content.
  const named = filesNamed(to).filter((path) => filesNamed(from).includes(path));
  const comparison = compareSettings(
    withContents(from, await digestsOf(named, files)),
    withContents(to, await digestsOf(named, overlaid(files, after))),
  );
  return { before, coming, comparison };
}

/** A file that is not there has no content. */
async function digestsOf(paths: readonly string[], files: ReadableFiles): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const path of paths) {
    const content = await readContent(path, files);
    if (content) found.set(path, `sha256:${createHash('sha256').update(content).digest('hex').slice(0, 12)}`);
  }
  return found;
}

/** What cannot be read is no reason to refuse a change: the kubelet reads it, not we. */
async function readContent(path: string, files: ReadableFiles): Promise<Buffer | undefined> {
  try {
    return await readThrough(files, path);
  } catch (error) {
    if (error instanceof HostFileError) return undefined;
    throw error;
  }
}
