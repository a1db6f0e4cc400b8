/** Carries out what a person asked of this node, and keeps the pin true to what came of it. */

import { isPinDone, isPinFailed, isPinInForce, pinFor } from '../decide/pin.ts';
import type { Asked } from '../model/asked.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Pin } from '../model/pin.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import type { HostFiles } from '../ports/files.ts';
import { readHistory, readJournal, readOpen } from '../transaction/journal.ts';
import { forget } from '../transaction/open-transaction.ts';
import { forgetAll, readAsked, readPin, removeTaken, takeAsked, writePin } from '../transaction/pin.ts';

/**
 * Takes a request that a person has left: a rollback becomes a pin, a retry forgets what failed.
 *
 * @returns the request; undefined if there was none
 * @throws HostFileError
 */
export async function heedAsked(files: HostFiles): Promise<Asked | undefined> {
  const asked = await takeAsked(files);
  if (asked?.kind === 'Retry') await forgetAll(files);
  if (asked?.kind === 'Rollback') {
    await writePin(files, await pinOf(asked, files));
    // A person asks for this revision, so it is tried even if it failed before.
    await forget(files);
  }
  if (asked) await removeTaken(files);
  await dropFailedPin(files);
  return asked;
}

/** The pin as the next pass will find it: with a request that was not taken yet. @throws HostFileError */
export async function readComingPin(files: HostFiles): Promise<Pin | undefined> {
  const asked = await readAsked(files);
  if (asked?.kind === 'Rollback') return pinOf(asked, files);
  return asked ? undefined : readPin(files);
}

async function pinOf(asked: Extract<Asked, { kind: 'Rollback' }>, files: HostFiles): Promise<Pin> {
  const [journal, open, history, pin] = [
    await readJournal(files),
    await readOpen(files),
    await readHistory(files),
    await readPin(files),
  ];
  return pinFor(asked, { journal, open, history, pin });
}

/** Removes the pin if the objects have changed since. @throws HostFileError */
export async function dropVoidPin({ pin, unpinned, journal }: Preview, files: HostFiles): Promise<void> {
  if (pin && !isPinInForce(pin, unpinned, journal.committed, await readHistory(files))) await writePin(files, undefined);
}

/**
 * Settles the pin after a pass. A way back that failed gives its place to the pin before it. An `apply` ends
 * the pin, but only if it succeeded: otherwise the next pass of an agent would go forward to what the person
 * went back from.
 *
 * @throws HostFileError
 */
export async function settlePin(outcome: Outcome, { retry, goesBack }: ReconcileRequest, files: HostFiles): Promise<void> {
  const isApplied = outcome.kind === 'Unchanged' || (outcome.kind === 'Changed' && outcome.result.kind === 'Committed');
  if (retry && !goesBack && isApplied) await writePin(files, undefined);
  if (outcome.kind === 'Changed') await dropFailedPin(files);
}

async function dropFailedPin(files: HostFiles): Promise<void> {
  const pin = await readPin(files);
  if (pin && isPinFailed(pin, await readJournal(files))) await writePin(files, pin.before);
}

/**
 * Ends the request of a command that cannot wait: what was not done now will not be done later.
 *
 * @returns true if the host is at the revision that was asked for
 * @throws HostFileError
 */
export async function settleRollback(revision: string, files: HostFiles): Promise<boolean> {
  const { committed } = await readJournal(files);
  if (committed?.revision === revision) return true;
  const pin = await readPin(files);
  if (pin?.revision === revision && !isPinDone(pin, committed)) await writePin(files, pin.before);
  return false;
}
