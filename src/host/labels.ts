/**
 * Gives written files their SELinux labels, if the host enforces them: with its own restorecon, by its own
 * policy.
 */

import { withCode } from '../node/model/host-fault.ts';
import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import { readThrough } from '../node/ports/follow-links.ts';
import { HostProgramError, type HostPrograms } from '../node/ports/programs.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import { foreignLines } from '../text/foreign-text.ts';

const timeoutMilliseconds = 5_000;

/**
 * Returns a function that labels one file, and nothing below it: a recursive restorecon hung for ever on a
 * stale NFS mount (openshift/machine-config-operator 4857). It never throws. It returns why the file could
 * not be labelled; undefined if it was, or if the host does not enforce labels.
 */
export function labelsOver(files: HostFiles, programs: HostPrograms): (path: string) => Promise<string | undefined> {
  return async (path) => {
    try {
      // The file is missing without SELinux, and holds 0 if SELinux only warns.
      if ((await readThrough(files, '/sys/fs/selinux/enforce'))?.toString().trim() !== '1') return undefined;
      const { exitCode, stderr } = await programs.run(['restorecon', path], { timeoutMilliseconds });
      return exitCode === 0 ? undefined : `restorecon ${path} ended with ${exitCode}: ${foreignLines(stderr)}`;
    } catch (error) {
      if (error instanceof HostFileError || error instanceof HostProgramError || error instanceof SystemdError)
        return withCode(error);
      throw error;
    }
  };
}
