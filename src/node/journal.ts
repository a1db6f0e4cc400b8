/**
 * What a node remembers on its disk, under /var/lib/kubelet-config:
 *
 *   staging/          a transaction being written down; nothing on the host has been touched for it
 *   armed/            an open transaction: record.json, pre/PATH (what was there), files/PATH (what is to be there), undo.sh and its manifest
 *   undoing/          the same, while the script takes it back
 *   committed/000042/ one directory per committed transaction, once `armed`; the highest is the last known good
 *   undone/           the last transaction that was taken back
 *   verdict.json      why the agent had it taken back; none where the agent was gone
 *   originals/SHA256  what stood on the host before us
 *   proved.json       which run of the unit began with which revision
 *   doubted.json      which run may have begun with what somebody else had made of it
 *
 * One rename of the directory decides: `staging` to `armed` begins, `armed` to `committed/N` (the agent) or to `undoing` (the script) ends.
 */

import type { ObjectReference } from '../desired/effective.ts';
import { type FileState, HostFileError, type HostFiles, type NewFile } from './host.ts';
import { asideOf } from './policy-states.ts';
import {
  finalVerdict,
  type Originals,
  type RecordedFile,
  type RecordedState,
  sha256,
  type TransactionRecord,
  type Verdict,
} from './record.ts';
import { DamagedState, privateFile, readState, stateFile } from './state-file.ts';
import { undoFacts } from './undo/facts.ts';
import { undoManifest } from './undo/manifest.ts';
import { undoScript } from './undo/script.ts';

export const stateDirectory = '/var/lib/kubelet-config';
const armed = `${stateDirectory}/armed`;
const staging = `${stateDirectory}/staging`;
const undoing = `${stateDirectory}/undoing`;
const undone = `${stateDirectory}/undone`;
const verdictFile = `${stateDirectory}/verdict.json`;
const committedRoot = `${stateDirectory}/committed`;

/** Revisions kept on disk. */
const kept = 5;

export interface Journal {
  /** The last known good. */
  readonly committed?: TransactionRecord;
  readonly undone?: {
    readonly inputs: string | undefined;
    readonly revision: string | null;
    readonly objects: readonly ObjectReference[];
    readonly verdict: Verdict;
    readonly directories?: readonly string[];
    /** Which try of its inputs it was. */
    readonly attempt?: number;
  };
  readonly lastSequence: number;
}

/** A transaction that is neither committed nor undone. While one runs nobody else looks: found at the start of a pass, its agent is dead. */
export async function readOpen(files: HostFiles): Promise<Open | undefined> {
  for (const directory of [undoing, armed]) {
    if ((await files.list(directory)).length === 0) continue;
    // Undone it can be without its record: the script does not read that.
    return { record: await readRecord(files, `${directory}/record.json`).catch(ignoreUnreadable) };
  }
  return undefined;
}

export interface Open {
  readonly record: TransactionRecord | undefined;
}

/** Whether the open transaction is still the agent's: the script has not begun to take it back. */
export async function isArmed(files: HostFiles): Promise<boolean> {
  return (await files.identity(`${armed}/record.json`)) !== undefined;
}

export async function readJournal(files: HostFiles): Promise<Journal> {
  const sequences = (await files.list(committedRoot)).filter((name) => /^\d{6}$/.test(name)).sort();
  const committed = await newestReadable(files, sequences);
  const undoneRecord = await readRecord(files, `${undone}/record.json`).catch(ignoreDamage);
  const verdict = undoneRecord && ((await readVerdict(files, undoneRecord)) ?? finalVerdict(unconfirmed, undoneRecord));
  return {
    ...(committed ? { committed } : {}),
    ...(verdict && undoneRecord
      ? {
          undone: {
            inputs: undoneRecord.inputs?.id,
            revision: undoneRecord.revision,
            objects: undoneRecord.inputs?.objects ?? [],
            verdict,
            ...(undoneRecord.directories && { directories: undoneRecord.directories }),
            ...(undoneRecord.attempt !== undefined && { attempt: undoneRecord.attempt }),
          },
        }
      : {}),
    lastSequence: Math.max(Number(sequences.at(-1) ?? 0), undoneRecord?.sequence ?? 0),
  };
}

/**
 * Each record holds the originals in full, so an older one will do. With none at all we must not begin anew: then what we wrote ourselves would count
 * as what was there before us.
 */
async function newestReadable(files: HostFiles, sequences: readonly string[]): Promise<TransactionRecord | undefined> {
  for (const sequence of sequences.toReversed()) {
    const path = `${committedRoot}/${sequence}/record.json`;
    const record = await readRecord(files, path).catch(ignoreDamage);
    if (record) return record;
  }
  if (sequences.length === 0) return undefined;
  const remedy =
    'bring a record.json back from a backup; only if what was there before us is not wanted any more, move the directory away';
  throw new HostFileError('InputOutput', committedRoot, `none of our records in ${committedRoot} can be read`, remedy);
}

/** Bytes by host path, in memory. */
export type Contents = ReadonlyMap<string, Buffer>;

/** A file as large as all that is written down for a transaction, at the place where that will be: is there room for it? */
export function transactionRoom(after: Contents): [path: string, file: NewFile] {
  const bytes = [...after.values()].reduce((sum, { length }) => sum + length, 0);
  // What is there before is about as large as what comes, and is kept as an original too.
  return [`${staging}/record.json`, privateFile(Buffer.alloc(3 * bytes))];
}

/** Intent and pre-images are on disk before this returns, and only then may the host be touched. */
export async function arm(
  files: HostFiles,
  record: TransactionRecord,
  before: ReadonlyMap<string, FileState>,
  after: Contents,
): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.removeTree(staging);
  // What an earlier change has left there is not what is there now.
  await removeAsides(files, record);
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
  const place = `${committedRoot}/${name(record.sequence)}`;
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
  await removeAsides(files, record);
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

/** Every committed transaction that can be read, the newest first. */
export async function readHistory(files: HostFiles): Promise<TransactionRecord[]> {
  const records: TransactionRecord[] = [];
  for (const sequence of (await files.list(committedRoot)).sort().reverse()) {
    const record = await readRecord(files, `${committedRoot}/${sequence}/record.json`).catch(ignoreUnreadable);
    if (record) records.push(record);
  }
  return records;
}

/** State files of the kubelet that were moved out of its way by this change or by one before it, and are of no more use. */
export async function removeAsides(files: HostFiles, { policyStates = [] }: TransactionRecord): Promise<void> {
  for (const { path } of policyStates) await files.remove(asideOf(path));
}

/** Taken back by the script alone. */
const unconfirmed: Verdict = { kind: 'Interrupted', reason: 'nobody confirmed the change in time, or the machine was restarted' };

/** Why the open transaction is being undone: before the script begins, since whoever reads it may be another agent. */
export async function recordVerdict(files: HostFiles, { sequence }: TransactionRecord, verdict: Verdict): Promise<void> {
  await files.write(verdictFile, stateFile({ sequence, ...verdict }));
}

export async function readVerdict(files: HostFiles, { sequence }: TransactionRecord): Promise<Verdict | undefined> {
  const found = await readState<Verdict & { readonly sequence: number }>(files, verdictFile).catch(ignoreDamage);
  if (found?.sequence !== sequence) return undefined;
  const { sequence: _sequence, ...verdict } = found;
  return verdict;
}

/** What the script has taken back meanwhile is to be taken back once more: a step of ours may have been under way. */
export async function reopen(files: HostFiles, { sequence }: TransactionRecord): Promise<void> {
  if ((await isArmed(files)) || (await files.list(undoing)).length > 0) return;
  const last = await readRecord(files, `${undone}/record.json`).catch(ignoreDamage);
  if (last?.sequence === sequence) await files.rename(undone, undoing);
}

/** The bytes of a committed revision's file, of what it found, or of an original. */
export function readCommitted(files: HostFiles, sequence: number, { path, after }: RecordedFile): Promise<Buffer> {
  return bytes(files, `${committedRoot}/${name(sequence)}/files${path}`, after);
}

export function readCommittedPreImage(files: HostFiles, sequence: number, { path, before }: RecordedFile): Promise<Buffer> {
  return bytes(files, `${committedRoot}/${name(sequence)}/pre${path}`, before);
}

export function readOriginal(files: HostFiles, state: Extract<RecordedState, { kind: 'File' }>): Promise<Buffer> {
  return bytes(files, `${stateDirectory}/originals/${state.sha256}`, state);
}

/** Only when the pre-image is the original, which it is the first time a path is managed. */
async function keepOriginal(files: HostFiles, originals: Originals, path: string, content: Buffer): Promise<void> {
  const original = originals.files.find((file) => file.path === path)?.state;
  if (original?.kind !== 'File' || original.sha256 !== sha256(content)) return;
  const place = `${stateDirectory}/originals/${original.sha256}`;
  const found = await files.read(place);
  if (found.kind !== 'File' || !found.content.equals(content)) await files.write(place, privateFile(content));
}

/** What one of our own records says that the bytes are, they are, or we do not have them. */
async function bytes(files: HostFiles, path: string, state: RecordedState): Promise<Buffer> {
  const found = await files.read(path);
  if (found.kind === 'File' && state.kind === 'File' && sha256(found.content) === state.sha256) return found.content;
  const reason = `our own copy ${path} is ${found.kind === 'File' ? 'damaged' : 'missing'}`;
  const remedy = 'bring it back from a backup, or put the file that it is a copy of in order by hand';
  throw new HostFileError('InputOutput', path, reason, remedy);
}

/** @throws DamagedState, and HostFileError for one that a newer kubelet-config has written */
async function readRecord(files: HostFiles, path: string): Promise<TransactionRecord | undefined> {
  const record = await readState<TransactionRecord>(files, path);
  if (!record || record.format === 1) return record;
  const reason = `${path} was written by a newer kubelet-config (format ${record.format}, and this one knows format 1)`;
  throw new HostFileError('InputOutput', path, reason, 'start that version again; this one changes nothing here');
}

function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof HostFileError)) throw error;
}

function ignoreDamage(error: unknown): undefined {
  if (!(error instanceof DamagedState)) throw error;
}

function name(sequence: number): string {
  return String(sequence).padStart(6, '0');
}
