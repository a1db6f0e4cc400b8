/** What a node remembers of its transactions: the reading side of its state directory. */

import type { Journal, Open } from '../model/journal.ts';
import type { TransactionRecord } from '../model/record.ts';
import { finalVerdict, type Verdict } from '../model/verdict.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { armed, committedRoot, undoing, undone, verdictFile } from './state-directory.ts';
import { DamagedState, readState } from './state-file.ts';

/** A transaction that is neither committed nor undone. While one runs nobody else looks: found at the start of a pass, its agent is dead. */
export async function readOpen(files: HostFiles): Promise<Open | undefined> {
  for (const directory of [undoing, armed]) {
    if ((await files.list(directory)).length === 0) continue;
    // Undone it can be without its record: the script does not read that.
    return { record: await readRecord(files, `${directory}/record.json`).catch(ignoreUnreadable) };
  }
  return undefined;
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

/** Every committed transaction that can be read, the newest first. */
export async function readHistory(files: HostFiles): Promise<TransactionRecord[]> {
  const records: TransactionRecord[] = [];
  for (const sequence of (await files.list(committedRoot)).sort().reverse()) {
    const record = await readRecord(files, `${committedRoot}/${sequence}/record.json`).catch(ignoreUnreadable);
    if (record) records.push(record);
  }
  return records;
}

/** Taken back by the script alone. */
const unconfirmed: Verdict = { kind: 'Interrupted', reason: 'nobody confirmed the change in time, or the machine was restarted' };

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
  const reason = `${path} was written by a newer kubelet-config (format ${record.format}, and this one knows format 1)`;
  throw new HostFileError('InputOutput', path, reason, 'start that version again; this one changes nothing here');
}

/** Traits that earlier builds did not write yet, or wrote only where they differed from a default. */
type StoredRecord = Omit<TransactionRecord, 'drift' | 'policyStates' | 'extras' | 'healthz' | 'health'> &
  Partial<Pick<TransactionRecord, 'drift' | 'policyStates' | 'extras' | 'healthz' | 'health'>>;

function completed(record: StoredRecord): TransactionRecord {
  const { drift = 'Repair', policyStates = [], extras, healthz, health } = record;
  return { ...record, drift, policyStates, extras, healthz, health };
}

export function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof HostFileError)) throw error;
}

export function ignoreDamage(error: unknown): undefined {
  if (!(error instanceof DamagedState)) throw error;
}
