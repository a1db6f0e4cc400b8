/** The bytes that a transaction needs: of the files from before, and of the desired ones. */

import type { DesiredRevision } from '../model/desired-state.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { Journal } from '../model/journal.ts';
import type { Machine } from '../model/machine.ts';
import type { Observed } from '../model/observed.ts';
import { managedFiles, type RecordedFile, recordedState, sameState, type TransactionRecord } from '../model/record.ts';
import type { FileState, HostFiles } from '../ports/files.ts';
import { readCommitted, readCommittedPreImage, readOriginal } from './stored-files.ts';

/**
 * The files that the record gives as `before`, with their bytes. Mostly those are the files on the host now.
 * While a restart is pending they are the files that the running kubelet was started with, read from that
 * commit's directory.
 *
 * @returns the states by path; an absent file has no entry
 * @throws HostFileError if a stored file is damaged or missing
 */
export async function preImagesFor(
  record: TransactionRecord,
  observed: Observed,
  { committed }: Journal,
  { files }: Machine,
): Promise<ReadonlyMap<string, FileState>> {
  const images = new Map<string, FileState>();
  for (const file of record.files) {
    const { path, before } = file;
    if (before.kind !== 'File') continue;
    const found = observed.files.get(path) ?? { kind: 'Absent' };
    if (sameState(recordedState(found), before)) images.set(path, found);
    else if (committed) images.set(path, { ...before, content: await readCommittedPreImage(files, committed.sequence, file) });
  }
  return images;
}

/**
 * What stands at the paths of a committed record without us: the bytes of each original, undefined where
 * there was none.
 *
 * @throws HostFileError if a stored original is damaged or missing
 */
export async function originalContents(
  committed: TransactionRecord | undefined,
  files: HostFiles,
): Promise<ReadonlyMap<string, Buffer | undefined>> {
  const contents = new Map<string, Buffer | undefined>();
  for (const { path } of managedFiles(committed)) {
    const original = committed?.originals.files.find((file) => file.path === path)?.state;
    contents.set(path, original?.kind === 'File' ? await readOriginal(files, original) : undefined);
  }
  return contents;
}

/**
 * The bytes of every file that the record gives as `after`, by path.
 *
 * @throws HostFileError if a stored file is damaged or missing
 */
export async function fileContentsFor(
  record: TransactionRecord,
  desired: DesiredRevision,
  journal: Journal,
  machine: Machine,
): Promise<FileContents> {
  const contents = new Map<string, Buffer>();
  for (const file of record.files) {
    if (file.after.kind === 'File') contents.set(file.path, await contentOf(file, desired, journal, machine));
  }
  return contents;
}

async function contentOf(
  file: RecordedFile,
  desired: DesiredRevision,
  { committed }: Journal,
  { files }: Machine,
): Promise<Buffer> {
  const { path, after } = file;
  const rendered = desired.kind === 'Rendered' ? desired.revision.files.find((one) => one.path === path) : undefined;
  if (rendered) return Buffer.from(rendered.content);
  if ((desired.kind === 'Committed' || desired.kind === 'Unknown') && committed)
    return readCommitted(files, committed.sequence, file);
  if (desired.kind === 'Pinned' && isOf(desired.record, file)) return readCommitted(files, desired.record.sequence, file);
  if (after.kind !== 'File') throw new TypeError(`${path} has no bytes`);
  return readOriginal(files, after);
}

function isOf(record: TransactionRecord, { path, after }: RecordedFile): boolean {
  return record.files.some((file) => file.path === path && sameState(file.after, after));
}
