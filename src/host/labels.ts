/** SELinux labels of written files, where the host enforces: by the policy of the host, with its own restorecon. */

import { withCode } from '../node/model/host-fault.ts';
import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import { readThrough } from '../node/ports/follow-links.ts';
import { HostProgramError, type HostPrograms } from '../node/ports/programs.ts';
import { SystemdError } from '../node/ports/systemd.ts';

const timeoutMilliseconds = 5_000;

/**
 * Labels one file and nothing below it: a recursive restorecon hung for ever on a stale NFS mount (openshift/machine-config-operator 4857).
 * @returns why it could not be labelled; undefined where it was, or where nothing enforces labels. Never throws.
 */
export function labelsOver(files: HostFiles, programs: HostPrograms): (path: string) => Promise<string | undefined> {
  return async (path) => {
    try {
      // selinuxfs: absent without SELinux, 0 where it only warns.
      if ((await readThrough(files, '/sys/fs/selinux/enforce'))?.toString().trim() !== '1') return undefined;
      const { exitCode, stderr } = await programs.run(['restorecon', path], { timeoutMilliseconds });
      return exitCode === 0 ? undefined : `restorecon ${path} ended with ${exitCode}: ${stderr.trim()}`;
    } catch (error) {
      if (error instanceof HostFileError || error instanceof HostProgramError || error instanceof SystemdError)
        return withCode(error);
      throw error;
    }
  };
}
