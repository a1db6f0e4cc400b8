/** The way of a transaction through the state directory: armed, then committed, or undone by the script. */

import type { FileContents } from '../model/file-contents.ts';
import { backupPathOf } from '../model/policy-state.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { Verdict } from '../model/verdict.ts';
import type { FileState, HostFiles, NewFile } from '../ports/files.ts';
import { ignoreDamage, ignoreUnreadable, isArmed, readRecord } from './journal.ts';
import { armed, committedPath, committedRoot, staging, stateDirectory, undoing, undone, verdictFile } from './state-directory.ts';
import { privateFile, stateFile } from './state-file.ts';
import { keepOriginal } from './stored-files.ts';
import { undoFacts } from './undo/facts.ts';
import { undoManifest } from './undo/manifest.ts';
import { undoScript } from './undo/script.ts';

/** A file as large as all that is written down for a transaction, at the place where that will be: is there room for it? */
export function transactionRoom(after: FileContents): [path: string, file: NewFile] {
  const bytes = [...after.values()].reduce((sum, { length }) => sum + length, 0);
  // What is there before is about as large as what comes, and is kept as an original too.
  return [`${staging}/record.json`, privateFile(Buffer.alloc(3 * bytes))];
}

/** Intent and pre-images are on disk before this returns, and only then may the host be touched. */
export async function arm(
  files: HostFiles,
  record: TransactionRecord,
  before: ReadonlyMap<string, FileState>,
  after: FileContents,
): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.removeTree(staging);
  // What an earlier change has left there is not what is there now.
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
 * The moment of truth: after it the transaction is the last known good.
 * A rename whose fsync failed counts: should a power cut take it back, the transaction is open again and will be undone.
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

/** What is of no more use after a commit goes: a drift that comes again and again must not push out what a person may want to go back to. */
export async function tidy(files: HostFiles, record: TransactionRecord): Promise<void> {
  await forget(files);
  await removeBackups(files, record);
  const seen = new Set<string | null>();
  for (const sequence of (await files.list(committedRoot)).sort().reverse()) {
    const directory = `${committedRoot}/${sequence}`;
    const revision = (await readRecord(files, `${directory}/record.json`).catch(ignoreUnreadable))?.revision;
    const isNews = revision === undefined || !seen.has(revision);
    if (revision !== undefined) seen.add(revision);
    if (!isNews || seen.size > kept) await files.removeTree(directory);
  }
}

/** What was undone, and why: then the same is tried again. @returns whether there was anything */
export async function forget(files: HostFiles): Promise<boolean> {
  const isThere = (await files.list(undone)).length > 0;
  await files.removeTree(undone);
  await files.remove(verdictFile);
  return isThere;
}

/** State files of the kubelet that were moved out of its way by this change or by one before it, and are of no more use. */
export async function removeBackups(files: HostFiles, { policyStates = [] }: TransactionRecord): Promise<void> {
  for (const { path } of policyStates) await files.remove(backupPathOf(path));
}

/** Why the open transaction is being undone: before the script begins, since whoever reads it may be another agent. */
export async function recordVerdict(files: HostFiles, { sequence }: TransactionRecord, verdict: Verdict): Promise<void> {
  await files.write(verdictFile, stateFile({ sequence, ...verdict }));
}

/** What the script has taken back meanwhile is to be taken back once more: a step of ours may have been under way. */
export async function reopen(files: HostFiles, { sequence }: TransactionRecord): Promise<void> {
  if ((await isArmed(files)) || (await files.list(undoing)).length > 0) return;
  const last = await readRecord(files, `${undone}/record.json`).catch(ignoreDamage);
  if (last?.sequence === sequence) await files.rename(undone, undoing);
}

/** Revisions kept on disk. */
const kept = 5;
