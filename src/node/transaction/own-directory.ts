/**
 * The directory of configuration that is ours alone: the kubelet reads every file in it, so a file of
 * somebody else would change what the objects say.
 */

import { defaultPlaces } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import type { TransactionRecord } from '../model/record.ts';
import type { HostFiles } from '../ports/files.ts';
import { dropInsIn, isSymlink } from '../ports/installed-kubelet.ts';

const { configurations: directory } = defaultPlaces;

/**
 * An error for each thing of others in the directory.
 *
 * @returns empty if the record has no file there
 * @throws HostFileError
 */
export async function ownDirectoryProblems(record: Pick<TransactionRecord, 'files'>, files: HostFiles): Promise<Problem[]> {
  const ours = record.files.filter(({ path, after }) => after.kind === 'File' && path.startsWith(`${directory}/`));
  if (ours.length === 0) return [];
  if (await isSymlink(files, directory)) {
    const reason = `${directory} is a symbolic link, and the kubelet reads no directory that it is given by one`;
    return [configurationProblem(reason, 'remove the link; the directory is made anew')];
  }
  const found = await dropInsIn(files, directory, 'NoLink');
  return found
    .filter((path) => !record.files.some((one) => one.path === path))
    .map((path) => {
      const reason = `${path} is not ours, and the kubelet would merge it with kubelet.configuration`;
      return configurationProblem(reason, 'remove that file, and say in an object what it says');
    });
}

function configurationProblem(reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'ConfigurationInvalid', path: ['spec', 'kubelet', 'configuration'], reason, remedy };
}
