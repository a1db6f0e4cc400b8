/** The journal: what a node remembers about its transactions. Read here, written in `open-transaction.ts`. */

import type { Journal, Open } from '../model/journal.ts';
import type { TransactionRecord } from '../model/record.ts';
import { finalVerdict, type Verdict } from '../model/verdict.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { armed, committedRoot, undoing, undone, verdictFile } from './state-directory.ts';
import { ignoreDamage, readState } from './state-file.ts';

/**
 * Finds a transaction that is neither committed nor undone. The lock guarantees one writer, so an open
 * transaction that is found at the start of a pass was left by an agent that died.
 *
 * @returns undefined if none is open; without `record` if its record cannot be read
 * @throws HostFileError if the state directory cannot be read
 */
export async function readOpen(files: HostFiles): Promise<Open | undefined> {
  for (const directory of [undoing, armed]) {
    if ((await files.list(directory)).length === 0) continue;
    // An unreadable record is fine here: the undo script needs only the manifest.
    return { record: await readRecord(files, `${directory}/record.json`).catch(ignoreUnreadable) };
  }
  return undefined;
}

/** True while a transaction is open and the undo script has not begun to undo it. @throws HostFileError */
export async function isArmed(files: HostFiles): Promise<boolean> {
  return (await files.identity(`${armed}/record.json`)) !== undefined;
}

/**
 * Reads the last committed and the last undone transaction.
 *
 * @throws HostFileError if there are committed transactions and none of their records can be read
 */
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
            ...(undoneRecord.inputs && { effective: undoneRecord.inputs.effective }),
            revision: undoneRecord.revision,
            objects: undoneRecord.inputs?.objects ?? [],
            verdict,
            ...(undoneRecord.directories && { directories: undoneRecord.directories }),
            ...(undoneRecord.request !== undefined && { request: undoneRecord.request }),
            ...(undoneRecord.attempt !== undefined && { attempt: undoneRecord.attempt }),
            ...(undoneRecord.begunAt !== undefined && { begunAt: undoneRecord.begunAt }),
          },
        }
      : {}),
    lastSequence: Math.max(Number(sequences.at(-1) ?? 0), undoneRecord?.sequence ?? 0),
  };
}

/**
 * Each record holds all originals, so an older record is good enough. Without any record we must not start
 * afresh: the files that we wrote ourselves would then count as originals.
 */
async function newestReadable(files: HostFiles, sequences: readonly string[]): Promise<TransactionRecord | undefined> {
  for (const sequence of sequences.toReversed()) {
    const path = `${committedRoot}/${sequence}/record.json`;
    const record = await readRecord(files, path).catch(ignoreDamage);
    if (record) return record;
  }
  if (sequences.length === 0) return undefined;
  const remedy =
    'restore a record.json from a backup; move the directory away only if you never want the files from before kubelet-config back';
  throw new HostFileError('InputOutput', committedRoot, `none of our records in ${committedRoot} can be read`, remedy);
}

/** Every committed transaction whose record can be read, the newest first. @throws HostFileError */
export async function readHistory(files: HostFiles): Promise<TransactionRecord[]> {
  const records: TransactionRecord[] = [];
  for (const sequence of (await files.list(committedRoot)).sort().reverse()) {
    const record = await readRecord(files, `${committedRoot}/${sequence}/record.json`).catch(ignoreUnreadable);
    if (record) records.push(record);
  }
  return records;
}

/** The verdict on a transaction that the script undid without the agent. */
const unconfirmed: Verdict = {
  kind: 'Interrupted',
  reason: 'kubelet-config did not confirm the change in time, or the machine was restarted',
};

/**
 * Why the agent had this transaction undone.
 *
 * @returns undefined if no verdict was recorded for this transaction, or it is damaged
 * @throws HostFileError
 */
export async function readVerdict(files: HostFiles, { sequence }: TransactionRecord): Promise<Verdict | undefined> {
  const found = await readState<Verdict & { readonly sequence: number }>(files, verdictFile).catch(ignoreDamage);
  if (found?.sequence !== sequence) return undefined;
  const { sequence: _sequence, ...verdict } = found;
  return verdict;
}

/**
 * Reads a record of this build or of an earlier one.
 *
 * @returns undefined if there is none
 * @throws DamagedState if its checksum is wrong, HostFileError if a newer kubelet-config wrote it
 */
export async function readRecord(files: HostFiles, path: string): Promise<TransactionRecord | undefined> {
  const record = await readState<StoredRecord>(files, path);
  if (!record) return undefined;
  if (record.format === 1) return completed(record);
  const reason = `${path} was written by a newer kubelet-config (format ${record.format}; this one knows format 1)`;
  throw new HostFileError('InputOutput', path, reason, 'start the newer version again; this one changes nothing on this node');
}

/** Earlier builds did not write some traits yet, or wrote them only where they differed from a default. */
type StoredRecord = Omit<TransactionRecord, 'drift' | 'policyStates' | 'extras' | 'healthz' | 'health'> &
  Partial<Pick<TransactionRecord, 'drift' | 'policyStates' | 'extras' | 'healthz' | 'health'>>;

function completed(record: StoredRecord): TransactionRecord {
  const { drift = 'Repair', policyStates = [], extras, healthz, health } = record;
  return { ...record, drift, policyStates, extras, healthz, health };
}

/** For `catch`: a file that cannot be read counts as absent. @throws every error but HostFileError */
export function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof HostFileError)) throw error;
}
