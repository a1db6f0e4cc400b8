/**
 * Two facts about invocations of the kubelet's unit: which one is known to have started with a revision's
 * files (the proven one), and which one may have started with other files (the suspect one). Both stay true
 * whether the change that they were part of is committed or undone.
 */

import type { SettingsRead } from '../model/settings-read.ts';
import type { HostFiles } from '../ports/files.ts';
import { stateDirectory } from './state-directory.ts';
import { ignoreDamage, readState, stateFile } from './state-file.ts';

const provenFile = `${stateDirectory}/proved.json`;

const suspectFile = `${stateDirectory}/doubted.json`;

export interface ProvenInvocation {
  readonly revision: string;
  readonly invocation: string;
  /** Whether the kubelet itself was asked for its settings; absent in what earlier builds wrote. */
  readonly settings?: SettingsRead;
}

/**
 * Remembers the invocation that started with this revision's files; it replaces the one before.
 *
 * @throws HostFileError
 */
export async function recordProvenInvocation(files: HostFiles, proven: ProvenInvocation): Promise<void> {
  await files.write(provenFile, stateFile(proven));
}

/**
 * The invocation that was proved with this revision.
 *
 * @returns undefined if unknown; drift then costs one restart, nothing worse
 * @throws HostFileError
 */
export async function readProvenInvocation(files: HostFiles, revision: string): Promise<ProvenInvocation | undefined> {
  const found = await readState<ProvenInvocation>(files, provenFile).catch(ignoreDamage);
  return found?.revision === revision ? found : undefined;
}

/**
 * Remembers an invocation that started while files were being restored: it may have read either version.
 *
 * @throws HostFileError
 */
export async function recordSuspectInvocation(files: HostFiles, invocation: string): Promise<void> {
  await files.write(suspectFile, stateFile({ invocation }));
}

/**
 * The last suspect invocation; undefined if there was none, or if its file is damaged.
 *
 * @throws HostFileError
 */
export async function readSuspectInvocation(files: HostFiles): Promise<string | undefined> {
  return (await readState<Pick<ProvenInvocation, 'invocation'>>(files, suspectFile).catch(ignoreDamage))?.invocation;
}
