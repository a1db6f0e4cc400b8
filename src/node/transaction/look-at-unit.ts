/**
 * Looks at what other files and programs make of our unit: before a change is made, right before it is
 * committed, and when a person asks whether the host is as it should be. Reads only.
 */

import type { Problem } from '../../api/problem.ts';
import { environmentFilesOf, environmentOf, type UnitText, type Variable } from '../../systemd/environment.ts';
import { dropInDirectory, unitDirectories, unitPath } from '../../systemd/load-path.ts';
import { type OurUnit, overridesOf, setsVariables, textsOf, withOurDropIns } from '../decide/overrides.ts';
import type { FileContents } from '../model/file-contents.ts';
import type { Machine } from '../model/machine.ts';
import type { TransactionRecord } from '../model/record.ts';
import { readDropIns } from '../ports/drop-ins.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { readThrough } from '../ports/follow-links.ts';
import { filesOfPattern } from '../ports/installed-kubelet.ts';
import { ownDirectoryProblems } from './own-directory.ts';

/** How deep to look: every look below costs a few calls over D-Bus. */
export interface LookOptions {
  /** Whether systemd is asked what it has loaded. */
  readonly loaded: boolean;
  /** Whether the processes of the unit are looked at; only with `loaded`. */
  readonly processes: boolean;
}

/**
 * Everything that keeps the kubelet of a record from being started, or from running, as the record says.
 *
 * @param contents the bytes of the files of the record, by path
 * @returns an error for each; empty if the record goes back to the originals, which are not ours to judge
 * @throws HostFileError, SystemdError
 */
export async function lookAtUnit(
  record: Pick<TransactionRecord, 'revision' | 'files' | 'unit'>,
  contents: FileContents,
  machine: Machine,
  options: LookOptions,
): Promise<Problem[]> {
  if (record.revision === null) return [];
  const { files, systemd } = machine;
  const ours = ourUnitOf(record, contents);
  const loaded = options.loaded ? await systemd.loaded(ours.name) : undefined;
  const { fragment, dropIns } = await filesOfUnit(ours, files, loaded?.dropIns);
  const environment = setsVariables(ours) ? await environmentTexts(textsOf({ fragment, dropIns }), contents, files) : new Map();
  const processes = loaded && options.processes ? await machine.processes?.(ours.name) : undefined;
  const overrides = overridesOf(ours, {
    fragment,
    dropIns,
    contentOf: (path) => environment.get(path),
    loaded,
    processes: processes ?? [],
  });
  return [...overrides, ...(await ownDirectoryProblems(record, files))];
}

/**
 * The texts of the unit as it will be after the change, in systemd's order, and the variables that they give
 * to its process.
 *
 * @param contents the bytes of the files of the record, by path
 * @throws HostFileError
 */
export async function comingUnit(
  record: Pick<TransactionRecord, 'files' | 'unit'>,
  contents: FileContents,
  files: HostFiles,
): Promise<{ readonly texts: readonly UnitText[]; readonly variables: ReadonlyMap<string, Variable> }> {
  const texts = textsOf(await filesOfUnit(ourUnitOf(record, contents), files));
  const found = await environmentTexts(texts, contents, files);
  return { texts, variables: environmentOf(texts, (path) => found.get(path)) };
}

async function filesOfUnit(ours: OurUnit, files: HostFiles, loaded?: readonly string[]) {
  const dropIns = withOurDropIns(ours, await readDropIns(files, ours.name, loaded));
  return { fragment: await fragmentOf(ours, files), dropIns };
}

function ourUnitOf({ files, unit: { name } }: Pick<TransactionRecord, 'files' | 'unit'>, contents: FileContents): OurUnit {
  const isOfUnit = (path: string) => path === unitPath(name) || path.startsWith(`${dropInDirectory(name)}/`);
  const ofUnit = files.filter(({ path }) => isOfUnit(path));
  const textOf = (path: string) => contents.get(path)?.toString() ?? '';
  return { name, files: new Map(ofUnit.map(({ path, after }) => [path, after.kind === 'File' ? textOf(path) : undefined])) };
}

/** The first file that systemd would find; ours counts as what it is to be. */
async function fragmentOf({ name, files: ours }: OurUnit, files: HostFiles): Promise<UnitText | undefined> {
  for (const directory of unitDirectories) {
    const path = `${directory}/${name}`;
    const content = ours.has(path) ? ours.get(path) : (await readThrough(files, path))?.toString();
    if (content !== undefined) return { path, content };
  }
  return undefined;
}

/** The environment files that exist and can be read. */
async function environmentTexts(
  texts: readonly UnitText[],
  contents: FileContents,
  files: HostFiles,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { path } of environmentFilesOf(texts)) {
    if (!path.startsWith('/')) continue;
    const texts: string[] = [];
    for (const one of await filesOfPattern(files, path)) {
      const content = contents.get(one) ?? (await readThrough(files, one).catch(ignoreFile));
      if (content) texts.push(content.toString());
    }
    if (texts.length > 0) found.set(path, texts.join('\n'));
  }
  return found;
}

function ignoreFile(error: unknown): undefined {
  if (!(error instanceof HostFileError)) throw error;
}
