/** Which run of the unit is known to have begun with which revision's files, and which one may not have: facts that stay true whatever becomes of the change they were part of. */

import type { HostFiles } from '../ports/files.ts';
import { stateDirectory } from './state-directory.ts';
import { DamagedState, readState, stateFile } from './state-file.ts';

const provedFile = `${stateDirectory}/proved.json`;

const doubtedFile = `${stateDirectory}/doubted.json`;

interface Proved {
  readonly revision: string;
  readonly invocation: string;
}

export async function recordProvenInvocation(files: HostFiles, proved: Proved): Promise<void> {
  await files.write(provedFile, stateFile(proved));
}

/** The invocation that was proved with this revision. None is no harm: what is not known costs a restart. */
export async function readProvenInvocation(files: HostFiles, revision: string): Promise<string | undefined> {
  const found = await readState<Proved>(files, provedFile).catch(ignoreDamage);
  return found?.revision === revision ? found.invocation : undefined;
}

/** A run that began while files were brought back: with which of the two, nobody can say. */
export async function recordSuspectInvocation(files: HostFiles, invocation: string): Promise<void> {
  await files.write(doubtedFile, stateFile({ invocation }));
}

export async function readSuspectInvocation(files: HostFiles): Promise<string | undefined> {
  return (await readState<Pick<Proved, 'invocation'>>(files, doubtedFile).catch(ignoreDamage))?.invocation;
}

function ignoreDamage(error: unknown): undefined {
  if (!(error instanceof DamagedState)) throw error;
}
