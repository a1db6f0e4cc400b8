/** Moves a transaction through the state directory: armed, then committed, or undone by the script. */

import type { FileContents } from '../model/file-contents.ts';
import { backupPathOf } from '../model/policy-state.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Verdict } from '../model/verdict.ts';
import type { FileState, HostFiles, NewFile } from '../ports/files.ts';
import { ignoreUnreadable, isArmed, readRecord } from './journal.ts';
import { armed, committedPath, committedRoot, staging, stateDirectory, undoing, undone, verdictFile } from './state-directory.ts';
import { ignoreDamage, privateFile, stateFile } from './state-file.ts';
import { keepOriginal } from './stored-files.ts';
import { undoFacts } from './undo/facts.ts';
import { undoManifest } from './undo/manifest.ts';
import { undoScript } from './undo/script.ts';

/**
 * A file as large as all that a transaction writes to the state directory, for `HostFiles.check`: it tells
 * whether the disk has room for it.
 */
export function transactionRoom(after: FileContents): [path: string, file: NewFile] {
  const bytes = [...after.values()].reduce((sum, { length }) => sum + length, 0);
  // The pre-images are about as large as the new files, and are stored a second time as originals.
  return [`${staging}/record.json`, privateFile(Buffer.alloc(3 * bytes))];
}

/**
 * Opens a transaction: writes the record, the undo script with its manifest, the pre-images and the new files
 * to disk. Only after it has returned may the host be touched.
 *
 * @param before the state of each file before the change, by path
 * @param after the bytes of each desired file, by path
 * @throws HostFileError; a rename that could not be made durable may have armed the transaction all the same
 */
export async function arm(
  files: HostFiles,
  record: TransactionRecord,
  before: ReadonlyMap<string, FileState>,
  after: FileContents,
): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.removeTree(staging);
  // A backup that an earlier change left is out of date.
  await removeBackups(files, record);
  const manifest = undoManifest(await undoFacts(record, files));
  const staged = new Map([
    ['/record.json', stateFile(record)],
    ['/undo.sh', privateFile(Buffer.from(undoScript))],
    ['/manifest', privateFile(Buffer.from(manifest))],
  ]);
  for (const [path, state] of before) {
    if (state.kind !== 'File') continue;
    staged.set(`/pre${path}`, state);
    await keepOriginal(files, record.originals, path, state.content);
  }
  for (const [path, content] of after) staged.set(`/files${path}`, privateFile(content));
  await files.makeTree(staging, staged);
  await files.rename(staging, armed);
}

/**
 * Commits the armed transaction by one rename: from then on it is the last known good. A rename whose fsync
 * failed counts as done. If a power cut reverts it, the transaction is open again and is undone.
 *
 * @throws HostFileError if it is not committed; the undo script may have been faster
 */
export async function commit(files: HostFiles, record: TransactionRecord): Promise<void> {
  const place = committedPath(record.sequence, '');
  await files.makeDirectory(committedRoot, 0o700);
  try {
    await files.rename(armed, place);
  } catch (error) {
    if ((await files.read(`${place}/record.json`)).kind !== 'File') throw error;
  }
}

/**
 * Removes what is of no use after a commit: the undone transaction, backups, and old commits. Of one revision
 * only the newest commit stays, so that repeated repairs of drift do not push out the revisions that a person
 * may go back to.
 *
 * @throws HostFileError; what is left is removed after the next commit
 */
export async function tidy(files: HostFiles, record: TransactionRecord): Promise<void> {
  await forget(files);
  await removeBackups(files, record);
  const seen = new Set<string | null>();
  for (const sequence of (await files.list(committedRoot)).sort().reverse()) {
    const directory = `${committedRoot}/${sequence}`;
    const revision = (await readRecord(files, `${directory}/record.json`).catch(ignoreUnreadable))?.revision;
    const isNewest = revision === undefined || !seen.has(revision);
    if (revision !== undefined) seen.add(revision);
    if (!isNewest || seen.size > keptRevisions) await files.removeTree(directory);
  }
}

/**
 * Forgets the undone transaction and its verdict, so that the next pass tries the same inputs again.
 *
 * @returns true if there was one
 * @throws HostFileError
 */
export async function forget(files: HostFiles): Promise<boolean> {
  const exists = (await files.list(undone)).length > 0;
  await files.removeTree(undone);
  await files.remove(verdictFile);
  return exists;
}

/**
 * Removes the backups of the kubelet's own state files that SetAside steps have made.
 *
 * @throws HostFileError
 */
export async function removeBackups(files: HostFiles, { policyStates = [] }: TransactionRecord): Promise<void> {
  for (const { path } of policyStates) await files.remove(backupPathOf(path));
}

/**
 * Records why the open transaction is being undone. That happens before the script begins: this agent may
 * die, and then the next one reads it.
 *
 * @param at the date, RFC 3339
 * @throws HostFileError
 */
export async function recordVerdict(
  files: HostFiles,
  { sequence }: TransactionRecord,
  verdict: Verdict,
  at?: string,
): Promise<void> {
  await files.write(verdictFile, stateFile({ sequence, ...verdict, ...(at !== undefined && { at }) }));
}

/**
 * Makes a transaction that the script has undone open again, so that the script undoes it once more: a step
 * of ours may still have been running when the script began.
 *
 * @throws HostFileError
 */
export async function reopen(files: HostFiles, { sequence }: TransactionRecord): Promise<void> {
  if ((await isArmed(files)) || (await files.list(undoing)).length > 0) return;
  const last = await readRecord(files, `${undone}/record.json`).catch(ignoreDamage);
  if (last?.sequence === sequence) await files.rename(undone, undoing);
}

/** How many revisions stay on disk. */
const keptRevisions = 5;
