/** Which run of the unit is known to have begun with which revision's files: a fact that stays true whatever becomes of the change it was part of. */

import type { HostFiles } from './host.ts';
import { stateDirectory } from './journal.ts';
import { DamagedState, readState, stateFile } from './state-file.ts';

const provedFile = `${stateDirectory}/proved.json`;

interface Proved {
  readonly revision: string;
  readonly invocation: string;
}

export async function recordProved(files: HostFiles, proved: Proved): Promise<void> {
  await files.write(provedFile, stateFile(proved));
}

/** The invocation that was proved with this revision. None is no harm: what is not known costs a restart. */
export async function readProved(files: HostFiles, revision: string): Promise<string | undefined> {
  const found = await readState<Proved>(files, provedFile).catch(ignoreDamage);
  return found?.revision === revision ? found.invocation : undefined;
}

function ignoreDamage(error: unknown): undefined {
  if (!(error instanceof DamagedState)) throw error;
}
