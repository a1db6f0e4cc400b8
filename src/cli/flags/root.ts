/** From --root to the files of that host, and to its lock. */

import type { EffectiveSpec } from '../../desired/defaults.ts';
import { openHostFiles } from '../../host/files.ts';
import { acquireLock, type Lock, LockHeldError } from '../../host/lock.ts';
import { openMachine } from '../../host/machine.ts';
import { checkOwnDirectories } from '../../host/trust.ts';
import { HostFileError, type HostFiles } from '../../node/ports/files.ts';
import { originalContents } from '../../node/transaction/file-contents.ts';
import { readJournal } from '../../node/transaction/journal.ts';
import type { HostFacts } from '../../render/facts.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

/**
 * The files of a host, for commands that need nothing else of it. A user who is not root works on an image of
 * their own, so files are taken as if they belonged to root: on a running machine, our records are readable
 * by root alone.
 * @throws HostFileError OthersMayWrite: what stands in the state directory may not be ours
 */
export function hostFilesOf(root: string): HostFiles {
  checkOwnDirectories(root);
  return openHostFiles(root, { ownership: process.getuid?.() === 0 ? 'Exact' : 'AsRoot' });
}

/**
 * The facts of the machine behind a root that rendering a spec may ask for, with its own kubelet as it is
 * without us.
 * @throws HostFileError
 */
export async function factsAt(root: string, spec: EffectiveSpec): Promise<HostFacts> {
  const machine = await openMachine(root);
  try {
    const { asks, asksInstalled } = launcherOf(spec);
    if (!asksInstalled) return await machine.facts(asks);
    const { committed } = await readJournal(machine.files);
    return await machine.facts(asks, { unit: spec.unit.name, without: await originalContents(committed, machine.files) });
  } finally {
    machine.close();
  }
}

/**
 * Undefined if another process holds the lock: the agent of this host, which then does what a command leaves
 * for it.
 */
export function lockUnlessHeld(root: string): Promise<Lock | undefined> {
  return lockForChange(root).catch((error: unknown) => {
    if (!(error instanceof LockHeldError)) throw error;
    return undefined;
  });
}

/**
 * The lock of a root, before anything there is touched.
 * @throws CommandFailure if the host allows none; LockHeldError
 */
export function lockForChange(root: string): Promise<Lock> {
  return acquireLock(root).catch((error: unknown) => {
    if (!(error instanceof HostFileError)) throw error;
    const { code, message, remedy } = error;
    throw new CommandFailure(exitCodes.host, `${message}; nothing was changed`, remedy, { code, cause: error });
  });
}
