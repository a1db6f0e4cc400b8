/** Clears away what earlier passes left: open transactions, and at the end all that is ours. */

import { mergedDefaults } from '../../api/defaults.ts';
import type { Machine } from '../model/machine.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ReconcileRequest } from '../model/preview.ts';
import type { Verdict } from '../model/verdict.ts';
import { removeDirectories } from '../transaction/directories.ts';
import { readJournal, readOpen, readVerdict } from '../transaction/journal.ts';
import { removeBackups } from '../transaction/open-transaction.ts';
import { undo } from '../transaction/undo.ts';

const cutOff: Verdict = { kind: 'Interrupted', reason: 'kubelet-config ended in the middle of the change' };

/**
 * Undoes a transaction that an agent or a command left open when it died. That happens before anything else.
 *
 * @returns undefined if the pass may go on; an outcome if the undo failed, and the pass ends with it
 * @throws HostFileError, SystemdError
 */
export async function recover(machine: Machine, { report, stop }: ReconcileRequest): Promise<Outcome | undefined> {
  const open = await readOpen(machine.files);
  if (!open) return undefined;
  const { record } = open;
  if (!record) {
    await machine.deadMan.pull(mergedDefaults.unit.name);
    return undefined;
  }
  const verdict = (await readVerdict(machine.files, record)) ?? cutOff;
  const result = await undo(record, verdict, machine, { report, stop });
  if (result.kind === 'Undone') return undefined;
  return { kind: 'Changed', record, result, warnings: [], foreign: [], reason: 'Retry' };
}

/**
 * Removes the dead-man's switch if no file on the host is ours any more; right after the change also the
 * directories that we made.
 *
 * @throws HostFileError
 */
export async function leaveNoTrace({ files, deadMan }: Machine, { kind }: Outcome): Promise<void> {
  const { committed, undone } = await readJournal(files);
  if ((committed?.revision ?? null) !== null || (await readOpen(files))) return;
  await deadMan.remove();
  if (committed) await removeBackups(files, committed);
  // Only right after the change: later an empty directory may belong to another program.
  if (kind === 'Changed') await removeDirectories([...(committed?.directories ?? []), ...(undone?.directories ?? [])], files);
}
